import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { CatalogueAnswer, defaultsOf, JsonSchema, plain } from '../../catalogue-answer.js'
import { problems } from '../../problem.js'

const Families = CatalogueAnswer({
  tasks: Type.Array(Type.String(), { description: 'Tasks that it can learn' }),
  rows: Type.Array(Type.Enum(['vector', 'image', 'series', 'tokens', 'bag']), {
    description:
      'What a row may be: vector [columns], image [height, width, channels], series [steps, features], tokens [length], bag [2, length]: ids and their weights',
  }),
  hyperparameters: JsonSchema,
  defaults: Type.Record(Type.String(), Type.Unknown()),
})

const families: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/families',
    config: { scope: 'none' },
    schema: {
      operationId: 'listFamilies',
      tags: ['catalogue'],
      summary: 'Lists the model families that a training job can name',
      response: { 200: Families, ...problems() },
    },
    handler: async () => ({
      data: [...app.catalogue.families.values()].map(({ name, summary, tasks, rows, hyperparameters }) => ({
        name,
        summary,
        tasks: [...tasks],
        rows: [...rows],
        hyperparameters: plain(hyperparameters),
        defaults: defaultsOf(hyperparameters),
      })),
      nextCursor: null,
    }),
  })
}

export default families
