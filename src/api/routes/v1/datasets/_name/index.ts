import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getDatasetVersion, listDatasetVersions, removeDataset } from '../../../../../registry/datasets.js'
import { DatasetWithVersions, datasetAnswer, summaryAnswer } from '../../../../dataset-answer.js'
import { DatasetName } from '../../../../dataset-upload/options.js'
import { Freed } from '../../../../model-answer.js'
import { problems } from '../../../../problem.js'

const params = Type.Object({ name: DatasetName }, { additionalProperties: false })

const dataset: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getDataset',
      tags: ['datasets'],
      summary: 'Shows a dataset: its latest version with schema and report, and all versions',
      params,
      response: { 200: DatasetWithVersions, ...problems(404) },
    },
    handler: async ({ params: { name } }) => {
      const { db } = app.database
      const latest = await getDatasetVersion(db, { dataset: name })
      const versions = await listDatasetVersions(db, name)
      return { ...datasetAnswer(latest), versions: versions.map(summaryAnswer) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'deleteDataset',
      tags: ['datasets'],
      summary: 'Removes a dataset with all its versions',
      description:
        'Refused while a job that has not ended or a model’s version needs it; `neededBy` lists them.',
      params,
      response: { 200: Freed, ...problems(404, 409) },
    },
    handler: async ({ params: { name } }) => {
      const registry = { db: app.database.db, artifacts: app.artifacts }
      return { freedBytes: await removeDataset(registry, name) }
    },
  })
}

export default dataset
