import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../problem.js'

const root: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/',
    config: { scope: 'predict' },
    schema: {
      operationId: 'kserveAlive',
      tags: ['protocols'],
      summary: 'KServe V1: tells that the server is alive',
      response: { 200: Type.Object({ status: Type.Literal('alive') }), ...problems() },
    },
    handler: async () => ({ status: 'alive' as const }),
  })
}

export default root
