import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { CatalogueAnswer } from '../../catalogue-answer.js'
import { problems } from '../../problem.js'

const Metrics = CatalogueAnswer({
  kind: Type.Enum(['classification', 'regression'], { type: 'string' }),
  direction: Type.Enum(['maximise', 'minimise'], { type: 'string' }),
})

const metrics: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'none' },
    schema: {
      operationId: 'listMetrics',
      tags: ['catalogue'],
      summary: 'Lists the figures of merit that reports hold',
      response: { 200: Metrics, ...problems() },
    },
    handler: async () => ({
      data: [...app.catalogue.metrics.values()].map(({ name, summary, kind, direction }) => ({
        name,
        summary,
        kind,
        direction,
      })),
      nextCursor: null,
    }),
  })
}

export default metrics
