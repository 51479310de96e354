import { statfs } from 'node:fs/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../contracts/errors.js'
import { getDatasetVersion } from '../../../../registry/datasets.js'
import { newId } from '../../../../registry/ids.js'
import { insertUpload, listUploads } from '../../../../registry/uploads.js'
import { Options, readOptions } from '../../../dataset-upload/options.js'
import { totalCheck } from '../../../dataset-upload/receive-part.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'
import { UploadAnswer, uploadAnswer } from '../../../upload-answer.js'

const StartUpload = Type.Object(
  {
    ...Options.properties,
    append: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Add the rows to the dataset’s latest version, which must be there',
      }),
    ),
    sizeBytes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Of the whole file: compared when it is completed',
      }),
    ),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'Of the whole file, in hex: compared when it is completed',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ name: 'flowers' }] },
)

const uploads: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'startUpload',
      tags: ['uploads'],
      summary: 'Starts an upload in parts',
      description:
        'Send the file’s parts next, in any order and side by side, and complete the upload when all have arrived. ' +
        'It goes on after a cut connection or a restart: ask for it to see which parts are there.',
      body: StartUpload,
      response: { 201: UploadAnswer, ...problems(404, 409, 413, 415, 422, 507) },
    },
    handler: async (request, reply) => {
      const { append = false, sizeBytes = null, sha256 = null, ...given } = request.body
      const { name, ...rest } = given
      const options = append ? readOptions(rest, { appendTo: name }) : readOptions(given)
      if (append) await getDatasetVersion(db, { dataset: name })
      if (sizeBytes !== null) {
        totalCheck(app)(sizeBytes)
        await checkSpace(sizeBytes)
      }
      const upload = await insertUpload(db, {
        id: request.creationId ?? newId(),
        dataset: options.name,
        append,
        options,
        sizeBytes,
        sha256,
        expirySeconds: app.config.uploadExpirySeconds,
      })
      return reply.code(201).header('location', `/v1/uploads/${upload.id}`).send(uploadAnswer(upload))
    },
  })

  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'listUploads',
      tags: ['uploads'],
      summary: 'Lists uploads in parts, newest first',
      querystring: PageQuery,
      response: { 200: Page(UploadAnswer), ...problems() },
    },
    handler: async ({ query: { limit = 50, ...cursor } }) => {
      const { data, nextCursor } = await listUploads(db, { limit, ...cursor })
      return { data: data.map(uploadAnswer), nextCursor }
    },
  })

  /** What would not fit on the disk is refused before it is sent. */
  async function checkSpace(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(app.config.artifactsFolder)
    if (sizeBytes <= bavail * bsize) return
    throw new FlywheelError('storage-full', `There is no space for ${sizeBytes} bytes in the data folder`)
  }
}

export default uploads
