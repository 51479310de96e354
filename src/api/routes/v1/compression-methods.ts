import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { loadCompressionMethods } from '../../../compression/catalogue.js'
import { CatalogueAnswer, defaultsOf, JsonSchema, plain } from '../../catalogue-answer.js'
import { problems } from '../../problem.js'

const Methods = CatalogueAnswer({
  options: JsonSchema,
  defaults: Type.Record(Type.String(), Type.Unknown()),
})

const compressionMethods: FastifyPluginAsyncTypebox = async (app) => {
  const methods = await loadCompressionMethods()
  app.route({
    method: 'GET',
    url: '/compression-methods',
    config: { scope: 'none' },
    schema: {
      operationId: 'listCompressionMethods',
      tags: ['catalogue'],
      summary: 'Lists the ways to make a version smaller or faster',
      response: { 200: Methods, ...problems() },
    },
    handler: async () => ({
      data: [...methods.values()].map(({ name, summary, options }) => ({
        name,
        summary,
        options: plain(options),
        defaults: defaultsOf(options),
      })),
      nextCursor: null,
    }),
  })
}

export default compressionMethods
