import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getUpload, partsOfUpload, removeUpload } from '../../../../../registry/uploads.js'
import { discardParts } from '../../../../dataset-upload/receive-part.js'
import { problems } from '../../../../problem.js'
import { partAnswer, UploadId, UploadWithParts, uploadAnswer } from '../../../../upload-answer.js'

const params = Type.Object({ id: UploadId }, { additionalProperties: false })

const upload: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'getUpload',
      tags: ['uploads'],
      summary: 'Shows an upload and the parts that have arrived',
      params,
      response: { 200: UploadWithParts, ...problems(404) },
    },
    handler: async ({ params: { id } }) => {
      const row = await getUpload(db, id)
      const parts = await partsOfUpload(db, id)
      return { ...uploadAnswer(row), parts: parts.map(partAnswer) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'abortUpload',
      tags: ['uploads'],
      summary: 'Aborts an upload and removes its parts',
      description: 'Also while it is being completed: then no version is made. A completed one is refused.',
      params,
      response: { 204: Type.Null({ description: 'It is removed' }), ...problems(404, 409) },
    },
    handler: async ({ params: { id } }, reply) => {
      await removeUpload(db, id)
      await discardParts(app, id)
      return reply.code(204).send(null)
    },
  })
}

export default upload
