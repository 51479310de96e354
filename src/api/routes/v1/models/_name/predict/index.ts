import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { modelPath } from '../../../../../model-path.js'
import {
  acceptJsonBytes,
  answerInstances,
  predictRoute,
  predictSchema,
} from '../../../../../predict-route.js'

const predict: FastifyPluginAsyncTypebox = async (app) => {
  acceptJsonBytes(app)
  app.route({
    ...predictRoute,
    url: '',
    schema: {
      ...predictSchema({
        operationId: 'predict',
        summary: 'Answers instances with the model’s champion',
        description:
          'Each prediction’s id can be named in feedback. A version that is not in memory yet is loaded and waited for.',
      }),
      params: Type.Object({ name: modelPath.name }),
    },
    handler: (request, reply) =>
      answerInstances(
        app,
        { reference: { model: request.params.name, alias: 'champion' }, request, reply },
        request.query,
      ) as never,
  })
}
export default predict
