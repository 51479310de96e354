import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { CatalogueAnswer, defaultsOf, JsonSchema, plain } from '../../../catalogue-answer.js'
import { problems } from '../../../problem.js'

const Transforms = CatalogueAnswer({
  accepts: Type.Enum(['numeric', 'text', 'bytes', 'tensor', 'any', 'every'], {
    type: 'string',
    description: 'Columns that it takes; any: numbers and texts',
  }),
  changesRows: Type.Boolean({
    description: 'Whether it chooses which training rows are learnt from, and changes no columns',
  }),
  options: JsonSchema,
  defaults: Type.Record(Type.String(), Type.Unknown()),
})

const transforms: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'none' },
    schema: {
      operationId: 'listTransforms',
      tags: ['catalogue'],
      summary: 'Lists the preprocessing steps that a training job can name',
      response: { 200: Transforms, ...problems() },
    },
    handler: async () => ({
      data: [...app.catalogue.transforms.values()].map(
        ({ name, summary, accepts, options, trainingRows }) => ({
          name,
          summary,
          accepts,
          changesRows: trainingRows !== undefined,
          options: plain(options),
          defaults: defaultsOf(options),
        }),
      ),
      nextCursor: null,
    }),
  })
}

export default transforms
