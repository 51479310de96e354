import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { modelPath } from '../../../../../../../model-path.js'
import {
  acceptJsonBytes,
  answerInstances,
  predictRoute,
  predictSchema,
} from '../../../../../../../predict-route.js'

const predict: FastifyPluginAsyncTypebox = async (app) => {
  acceptJsonBytes(app)
  app.route({
    ...predictRoute,
    url: '',
    schema: {
      ...predictSchema({
        operationId: 'predictByAlias',
        summary: 'Answers instances with the version that an alias names',
      }),
      params: Type.Object({ name: modelPath.name, alias: modelPath.alias }),
    },
    handler: (request, reply) =>
      answerInstances(
        app,
        { reference: { model: request.params.name, alias: request.params.alias }, request, reply },
        request.query,
      ) as never,
  })
}
export default predict
