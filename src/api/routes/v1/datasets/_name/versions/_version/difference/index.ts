import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Difference } from '../../../../../../../../datasets/difference/difference-schema.js'
import { type DatasetVersion, getDatasetVersion } from '../../../../../../../../registry/datasets.js'
import { withTemporaryFolder } from '../../../../../../../../registry/temporary-folder.js'
import { DatasetName, DatasetVersionNumber } from '../../../../../../../dataset-upload/options.js'
import { problems } from '../../../../../../../problem.js'
import { storedVersion } from '../../../../../../../stored-version.js'

const difference: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getDatasetDifference',
      tags: ['datasets'],
      summary: 'Tells what is other in a version than in the one before it',
      description:
        'Rows that were added and removed, columns, types, and in words what has changed in the values of columns.',
      params: Type.Object(
        { name: DatasetName, version: DatasetVersionNumber({ description: 'The later version' }) },
        { additionalProperties: false },
      ),
      querystring: Type.Object(
        {
          from: Type.Optional(
            DatasetVersionNumber({
              description: 'Another version to compare with; by default the one before',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      response: {
        200: Type.Object({
          name: Type.String(),
          from: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
            description: 'Null for the first version, of which everything is new',
          }),
          to: Type.Integer({ minimum: 1 }),
          ...Difference.properties,
        }),
        ...problems(404, 422, 507),
      },
    },
    handler: async ({ params: { name, version }, query: { from = version - 1 } }) => {
      const { db } = app.database
      const after = await getDatasetVersion(db, { dataset: name, version })
      if (from === 0) return { name, from: null, to: version, ...fromNothing(after) }
      const before = await getDatasetVersion(db, { dataset: name, version: from })
      const found = await withTemporaryFolder(app, (folder) =>
        app.datasetReader.run(
          'difference',
          {
            before: storedVersion(before, app.artifacts),
            after: storedVersion(after, app.artifacts),
            folder,
          },
          { sizeBytes: before.sizeBytes + after.sizeBytes },
        ),
      )
      return { name, from, to: version, ...found }
    },
  })
}

/** The first version has none before it. */
const fromNothing = ({ rows, columns }: DatasetVersion): Difference => ({
  rows: { before: 0, after: rows, added: rows, removed: 0, isEstimate: false },
  columns: { added: columns.map(({ name }) => name), removed: [], types: [] },
  changes: [],
  summary: [`The first version: ${rows} rows in ${columns.length} columns`],
})

export default difference
