import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../problem.js'

const openapi: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { scope: 'none' },
    schema: {
      operationId: 'getOpenApi',
      tags: ['service'],
      summary: 'This API as an OpenAPI 3.1 document',
      response: { 200: Type.Object({ openapi: Type.String() }), ...problems() },
    },
    handler: async () => app.swagger() as { openapi: string },
  })
}

export default openapi
