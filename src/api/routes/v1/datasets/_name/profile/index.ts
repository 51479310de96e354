import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Correlations } from '../../../../../../datasets/profile/correlations.js'
import { ColumnProfile } from '../../../../../../datasets/profile.js'
import { getDatasetVersion } from '../../../../../../registry/datasets.js'
import { withTemporaryFolder } from '../../../../../../registry/temporary-folder.js'
import { DatasetName, VersionIfGiven } from '../../../../../dataset-upload/options.js'
import { problems } from '../../../../../problem.js'
import { storedVersion } from '../../../../../stored-version.js'

const Profile = Type.Object({
  name: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  rows: Type.Integer({ minimum: 1 }),
  sampledRows: Type.Integer({
    minimum: 1,
    description: 'Rows behind quantiles and histograms; the other figures are of all rows',
  }),
  columns: Type.Array(ColumnProfile),
  correlations: { ...Correlations, description: 'How columns go together' },
})

const profile: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getDatasetProfile',
      tags: ['datasets'],
      summary: 'Describes every column of a dataset by its values',
      params: Type.Object({ name: DatasetName }, { additionalProperties: false }),
      querystring: Type.Object(
        {
          version: VersionIfGiven,
        },
        { additionalProperties: false },
      ),
      response: { 200: Profile, ...problems(404, 422, 507) },
    },
    handler: async ({ params: { name }, query }) => {
      const row = await getDatasetVersion(app.database.db, { dataset: name, ...query })
      const figures = await withTemporaryFolder(app, (folder) =>
        app.datasetReader.run(
          'profile',
          { ...storedVersion(row, app.artifacts), folder },
          { sizeBytes: row.sizeBytes },
        ),
      )
      return { name, version: row.version, ...figures, columns: [...figures.columns] }
    },
  })
}

export default profile
