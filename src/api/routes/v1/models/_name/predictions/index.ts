import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getModel } from '../../../../../../registry/models.js'
import { listKept } from '../../../../../../serving/kept/list-kept.js'
import { modelPath } from '../../../../../model-path.js'
import { Page, PageQuery } from '../../../../../paging.js'
import { problems } from '../../../../../problem.js'
import { Time } from '../../../../../time.js'

const Kept = Type.Object({
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'The version that answered' }),
  at: Time,
  features: Type.Record(Type.String(), Type.Unknown(), {
    description: 'The instance, null for missing values',
  }),
  answer: Type.Record(Type.String(), Type.Unknown(), { description: 'As predict gives it' }),
  shadowOf: Type.Union(
    [
      Type.Object({
        version: Type.Integer({ minimum: 1, description: 'The version whose answer was given' }),
        id: Type.Union([Type.String(), Type.Null()], { description: 'Of that prediction, where it is kept' }),
      }),
      Type.Null(),
    ],
    { description: 'Of a shadow’s answer: what it shadowed' },
  ),
})

const query = Type.Object(
  {
    ...PageQuery.properties,
    version: Type.Optional(modelPath.version),
    shadow: Type.Optional(
      Type.Boolean({
        description: 'Only answers of shadows, or only those that were given; both when left out',
      }),
    ),
  },
  { additionalProperties: false },
)

const predictions: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'listPredictions',
      tags: ['predict'],
      summary: 'Lists the predictions that are kept, and what shadows have answered, the latest first',
      description: 'The last second’s may not be there yet.',
      params: Type.Object({ name: modelPath.name }),
      querystring: query,
      response: { 200: Page(Kept), ...problems(404) },
    },
    handler: async ({ params: { name }, query: { limit = 50, cursor, version, shadow } }) => {
      const model = await getModel(app.database.db, name)
      const page = await listKept(app.database.db, {
        model: model.name,
        version,
        isShadow: shadow,
        limit,
        cursor,
      })
      return {
        data: page.data.map(({ at, ...prediction }) => ({
          id: prediction.id,
          version: prediction.version,
          at: at.toISOString(),
          features: { ...prediction.features },
          answer: prediction.answer as Record<string, unknown>,
          shadowOf: prediction.shadowOf,
        })),
        nextCursor: page.nextCursor,
      }
    },
  })
}
export default predictions
