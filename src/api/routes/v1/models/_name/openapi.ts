import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { askedOrigin } from '../../../../model-openapi/asked-origin.js'
import { describeModel } from '../../../../model-openapi/document.js'
import { modelPath } from '../../../../model-path.js'
import { problems } from '../../../../problem.js'

const openapi: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getModelOpenApi',
      tags: ['models'],
      summary:
        'One model as an OpenAPI document: its own columns, an example row, and the call in three languages',
      description:
        'Of the champion, or of the version that is named. /docs/models/{name} shows it as a page. `x-codeSamples` has curl, TypeScript and Python.',
      params: Type.Object({ name: modelPath.name }, { additionalProperties: false }),
      querystring: Type.Object(
        { version: Type.Optional(modelPath.version) },
        { additionalProperties: false },
      ),
      response: {
        200: Type.Object({ openapi: Type.String() }, { additionalProperties: true }),
        ...problems(404),
      },
    },
    handler: async (request) => {
      const { name: model } = request.params
      const { version } = request.query
      const deployed = await app.deployments.resolve(
        version === undefined ? { model, alias: 'champion' } : { model, version },
      )
      const { document } = describeModel(deployed, {
        origin: askedOrigin(request),
        needsKey: app.areKeysInForce,
        isPinned: version !== undefined,
      })
      return document as { openapi: string }
    },
  })
}

export default openapi
