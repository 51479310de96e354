import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ServingSettings } from '../../../../../../contracts/serving-settings.js'
import { getModel, setServing } from '../../../../../../registry/models.js'
import { modelPath } from '../../../../../model-path.js'
import { problems } from '../../../../../problem.js'

const params = Type.Object({ name: modelPath.name }, { additionalProperties: false })

const serving: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getServingSettings',
      tags: ['models'],
      summary: 'Shows how a model’s versions are served; what is absent is chosen by Flywheel',
      params,
      response: { 200: ServingSettings, ...problems(404) },
    },
    handler: async ({ params: { name } }) => (await getModel(db, name)).serving ?? {},
  })

  app.route({
    method: 'PUT',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'setServingSettings',
      tags: ['models'],
      summary: 'Says how a model’s versions are served, in place of what was said before',
      params,
      body: ServingSettings,
      response: { 200: ServingSettings, ...problems(404, 413, 415) },
    },
    handler: async ({ params: { name }, body }) => {
      await setServing(db, { model: name, serving: body })
      // This api's next prediction follows them; the others hear of it.
      app.deployments.forget(name)
      await app.deployments.refresh()
      return body
    },
  })
}

export default serving
