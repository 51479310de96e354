import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getDatasetVersion } from '../../../../../../registry/datasets.js'
import { withTemporaryFolder } from '../../../../../../registry/temporary-folder.js'
import { DatasetName, VersionIfGiven } from '../../../../../dataset-upload/options.js'
import { problems } from '../../../../../problem.js'
import { storedVersion } from '../../../../../stored-version.js'

const content: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'downloadDataset',
      tags: ['datasets'],
      summary: 'Gives all rows of a dataset as CSV',
      description:
        'With a header; nothing stands for a missing value, dates are ISO 8601, vectors lists of numbers, images base64.',
      params: Type.Object({ name: DatasetName }, { additionalProperties: false }),
      querystring: Type.Object(
        {
          version: VersionIfGiven,
        },
        { additionalProperties: false },
      ),
      response: {
        200: { description: 'The rows', content: { 'text/csv': { schema: Type.String() } } },
        ...problems(404, 422, 507),
      },
    },
    handler: async ({ params: { name }, query }, reply) => {
      const row = await getDatasetVersion(app.database.db, { dataset: name, ...query })
      const stored = storedVersion(row, app.artifacts)
      const file = await withTemporaryFolder(app, async (folder): Promise<FileHandle> => {
        const output = join(folder, 'rows.csv')
        await app.datasetReader.run('csv', { ...stored, folder, output }, { sizeBytes: row.sizeBytes })
        return open(output)
      })
      // Its name is gone: the bytes go with the handle, which the stream closes.
      const { size } = await file.stat()
      reply.header('content-length', size)
      reply.header('content-disposition', `attachment; filename="${name}-${row.version}.csv"`)
      reply.type('text/csv; charset=utf-8')
      return reply.send(file.createReadStream() as never)
    },
  })
}

export default content
