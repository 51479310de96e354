import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listVersions } from '../../../registry/models.js'
import { referenceOf } from '../../protocols/answer-rows.js'
import { protocolErrors } from '../../protocols/error-bodies.js'
import { modelParams, Statistics, versionParams } from '../../protocols/open-inference/schema.js'

const common = {
  tags: ['protocols'],
  response: { 200: Statistics, ...protocolErrors('open-inference') },
}

const statistics: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/models/stats',
    config: { scope: 'predict' },
    schema: {
      ...common,
      operationId: 'openInferenceStatistics',
      summary: 'Triton’s statistics: what all versions have answered since this api began',
    },
    handler: async () => ({
      model_stats: app.inferenceStatistics.ofAll(await listVersions(app.database.db)),
    }),
  })
  app.route({
    method: 'GET',
    url: '/models/:name/stats',
    config: { scope: 'predict' },
    schema: {
      ...common,
      operationId: 'openInferenceModelStatistics',
      summary: 'Triton’s statistics: what the versions of a model have answered since this api began',
      params: modelParams,
    },
    handler: async ({ params: { name } }) => {
      const versions = await listVersions(app.database.db, name)
      return { model_stats: versions.map((version) => app.inferenceStatistics.of(version)) }
    },
  })
  app.route({
    method: 'GET',
    url: '/models/:name/versions/:version/stats',
    config: { scope: 'predict' },
    schema: {
      ...common,
      operationId: 'openInferenceVersionStatistics',
      summary: 'Triton’s statistics: what a version has answered since this api began',
      params: versionParams,
    },
    handler: async ({ params }) => {
      const { model, version } = await app.deployments.resolve(referenceOf(params.name, params.version))
      return { model_stats: [app.inferenceStatistics.of({ model, version })] }
    },
  })
}

export default statistics
