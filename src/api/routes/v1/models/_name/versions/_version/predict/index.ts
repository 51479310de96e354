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
      ...predictSchema({ operationId: 'predictByVersion', summary: 'Answers instances with one version' }),
      params: Type.Object({ name: modelPath.name, version: modelPath.version }),
    },
    handler: (request, reply) =>
      answerInstances(
        app,
        { reference: { model: request.params.name, version: request.params.version }, request, reply },
        request.query,
      ) as never,
  })
}
export default predict
