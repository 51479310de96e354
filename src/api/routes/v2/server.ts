import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { protocolErrors } from '../../protocols/error-bodies.js'
import { flywheelVersion } from '../../version.js'

const errors = protocolErrors('open-inference')
const extensions = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'model_repository(unload_dependents)',
  'statistics',
]

const server: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'predict' },
    schema: {
      operationId: 'openInferenceServer',
      tags: ['protocols'],
      summary: 'Open Inference Protocol: names the server and its extensions',
      response: {
        200: Type.Object({
          name: Type.String(),
          version: Type.String(),
          extensions: Type.Array(Type.String()),
        }),
        ...errors,
      },
    },
    handler: async () => ({ name: 'flywheel', version: flywheelVersion, extensions }),
  })

  app.route({
    method: 'GET',
    url: '/health/live',
    config: { scope: 'predict' },
    schema: {
      operationId: 'openInferenceLive',
      tags: ['protocols'],
      summary: 'Open Inference Protocol: tells that the server is alive',
      response: { 200: Type.Object({ live: Type.Boolean() }), ...errors },
    },
    handler: async () => ({ live: true }),
  })

  const Ready = Type.Object({ live: Type.Boolean(), ready: Type.Boolean() })
  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { scope: 'predict' },
    schema: {
      operationId: 'openInferenceReady',
      tags: ['protocols'],
      summary: 'Open Inference Protocol: tells whether models can be asked',
      response: {
        ...errors,
        200: Ready,
        503: { description: 'Not now', content: { 'application/json': { schema: Ready } } },
      },
    },
    handler: async (_request, reply) => {
      const { ready } = app.predictors.health
      return reply.code(ready ? 200 : 503).send({ live: true, ready } as never)
    },
  })
}

export default server
