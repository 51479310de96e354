import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../problem.js'

const metrics: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'none' },
    schema: {
      operationId: 'getMetrics',
      tags: ['service'],
      summary: 'Counters and gauges for Prometheus',
      response: {
        200: {
          description: 'The text exposition format 0.0.4',
          content: { 'text/plain': { schema: Type.String() } },
        },
        ...problems(),
      },
    },
    handler: async (_request, reply) =>
      reply
        .type(app.metrics.contentType)
        .serializer((text: string) => text)
        .send(await app.metrics.metrics()),
  })
}

export default metrics
