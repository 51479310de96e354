import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { removeModel } from '../../../../registry/model-removal.js'
import { getModel, listModels, listVersions } from '../../../../registry/models.js'
import { Freed, ModelAnswer, modelAnswer } from '../../../model-answer.js'
import { modelPath } from '../../../model-path.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'
import { statusOf, VersionStatus } from '../../../protocols/tensorflow-serving/schema.js'

const params = Type.Object({ name: modelPath.name }, { additionalProperties: false })

const ModelPage = Type.Object({
  ...Page(ModelAnswer).properties,
  models: Type.Array(Type.String(), { description: 'The names of all, as KServe V1 lists them: of no page' }),
})
const ModelWithStatus = Type.Object({
  ...ModelAnswer.properties,
  ready: Type.Boolean({ description: 'Whether the champion can be asked, as KServe V1 tells it' }),
  model_version_status: VersionStatus,
})

const models: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'listModels',
      tags: ['models'],
      summary: 'Lists the models by name',
      querystring: PageQuery,
      response: { 200: ModelPage, ...problems() },
    },
    handler: async ({ query: { limit = 50, ...rest } }) => {
      const { data, nextCursor } = await listModels(app.database.db, { limit, ...rest })
      const versions = await listVersions(app.database.db)
      const models = [...new Set(versions.map(({ model }) => model))]
      return { data: data.map(modelAnswer), nextCursor, models }
    },
  })

  app.route({
    method: 'GET',
    url: '/:name',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getModel',
      tags: ['models'],
      summary: 'Shows a model with its versions and aliases',
      params,
      response: { 200: ModelWithStatus, ...problems(404) },
    },
    handler: async ({ params: { name } }) => {
      const model = await getModel(app.database.db, name)
      const isLoaded = app.deployments.isLoaded(name)
      return {
        ...modelAnswer(model),
        ready: isLoaded && 'champion' in model.aliases && app.predictors.health.ready,
        model_version_status: statusOf(
          model.versions.map(({ version }) => version),
          isLoaded,
        ),
      }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/:name',
    config: { scope: 'train' },
    schema: {
      operationId: 'deleteModel',
      tags: ['models'],
      summary: 'Removes a model with all its versions, labels and kept predictions',
      description:
        'Refused while a job of the model has not ended. The numbers of its versions are not given again.',
      params,
      response: { 200: Freed, ...problems(404, 409) },
    },
    handler: async ({ params: { name } }) => {
      const registry = { db: app.database.db, artifacts: app.artifacts }
      return { freedBytes: await removeModel(registry, name) }
    },
  })
}

export default models
