import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { askedOrigin } from '../../model-openapi/asked-origin.js'
import { describeModel } from '../../model-openapi/document.js'
import { modelPage } from '../../model-openapi/page.js'
import { modelPath } from '../../model-path.js'
import { problems } from '../../problem.js'

const models: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/models/:name',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getModelPage',
      tags: ['models'],
      summary: 'How one model is asked, as a page: its columns, an example row, curl, TypeScript and Python',
      params: Type.Object({ name: modelPath.name }, { additionalProperties: false }),
      response: {
        200: { description: 'An HTML page', content: { 'text/html': { schema: Type.String() } } },
        ...problems(404),
      },
    },
    handler: async (request, reply) => {
      const deployed = await app.deployments.resolve({ model: request.params.name, alias: 'champion' })
      const origin = askedOrigin(request)
      const described = describeModel(deployed, { origin, needsKey: app.areKeysInForce, isPinned: false })
      return reply
        .type('text/html; charset=utf-8')
        .serializer((text: string) => text)
        .send(modelPage(deployed, described))
    },
  })
}

export default models
