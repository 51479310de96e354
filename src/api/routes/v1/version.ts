import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../../problem.js'
import { flywheelVersion } from '../../version.js'

const Version = Type.Object({
  flywheel: Type.String(),
  node: Type.String(),
  tensorflow: Type.Record(
    Type.String(),
    Type.Union([
      Type.Object({
        version: Type.String(),
        device: Type.Object({ kind: Type.Enum(['cpu', 'gpu'], { type: 'string' }), name: Type.String() }),
      }),
      Type.Null(),
    ]),
    { description: 'By process; null while it has not loaded TensorFlow' },
  ),
})

const version: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/version',
    config: { scope: 'none' },
    schema: {
      operationId: 'getVersion',
      tags: ['service'],
      summary: 'Versions, and the device that TensorFlow runs on',
      response: { 200: Version, ...problems() },
    },
    handler: async () => ({
      flywheel: flywheelVersion,
      node: process.versions.node,
      tensorflow: Object.fromEntries([...app.tensorFlowRuntimes].map(([name, report]) => [name, report()])),
    }),
  })
}

export default version
