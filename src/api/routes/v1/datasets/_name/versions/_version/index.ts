import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getDatasetVersion } from '../../../../../../../registry/datasets.js'
import { DatasetAnswer, datasetAnswer } from '../../../../../../dataset-answer.js'
import { DatasetName, DatasetVersionNumber } from '../../../../../../dataset-upload/options.js'
import { problems } from '../../../../../../problem.js'

const version: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getDatasetVersion',
      tags: ['datasets'],
      summary: 'Shows a version of a dataset with its schema and report',
      params: Type.Object(
        { name: DatasetName, version: DatasetVersionNumber() },
        { additionalProperties: false },
      ),
      response: { 200: DatasetAnswer, ...problems(404) },
    },
    handler: async ({ params: { name, version } }) =>
      datasetAnswer(await getDatasetVersion(app.database.db, { dataset: name, version })),
  })
}

export default version
