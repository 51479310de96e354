import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../problem.js'

const Alive = Type.Object({ status: Type.Literal('alive') }, { examples: [{ status: 'alive' }] })

const livez: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/livez',
    config: { scope: 'none', isPublic: true },
    schema: {
      operationId: 'getLiveness',
      tags: ['service'],
      summary: 'Whether the process answers',
      response: { 200: Alive, ...problems() },
    },
    handler: async () => ({ status: 'alive' as const }),
  })
}

export default livez
