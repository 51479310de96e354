import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { getModel } from '../../../registry/models.js'
import { referenceOf } from '../../protocols/answer-rows.js'
import { protocolErrors } from '../../protocols/error-bodies.js'
import { configurationOf, ModelConfiguration } from '../../protocols/open-inference/configuration.js'
import {
  ModelMetadata,
  modelParams,
  specificationAnswer,
  versionParams,
} from '../../protocols/open-inference/schema.js'
import { tensorsOf } from '../../protocols/tensors/model-tensors.js'

const errors = protocolErrors('open-inference')
const Ready = Type.Object({ name: Type.String(), ready: Type.Boolean() })

const models: FastifyPluginAsyncTypebox = async (app) => {
  async function metadata(name: string, version?: string): Promise<Static<typeof ModelMetadata>> {
    const { signature } = await app.deployments.resolve(referenceOf(name, version))
    app.deployments.checkLoaded(name)
    const { inputs, outputs } = tensorsOf(signature)
    const { versions } = await getModel(app.database.db, name)
    return {
      name,
      versions: versions.map((row) => String(row.version)),
      platform: 'flywheel',
      inputs: inputs.map(specificationAnswer),
      outputs: outputs.map(specificationAnswer),
    }
  }

  /** A version that is not in memory counts: the first request loads it. */
  async function readiness(name: string, version?: string): Promise<Static<typeof Ready>> {
    await app.deployments.resolve(referenceOf(name, version))
    return { name, ready: app.predictors.health.ready && app.deployments.isLoaded(name) }
  }

  async function configuration(name: string, version?: string): Promise<Static<typeof ModelConfiguration>> {
    const { signature } = await app.deployments.resolve(referenceOf(name, version))
    app.deployments.checkLoaded(name)
    return configurationOf(name, tensorsOf(signature))
  }

  const configurationSchema = {
    tags: ['protocols'],
    response: { 200: ModelConfiguration, ...errors },
  }
  const metadataSchema = {
    tags: ['protocols'],
    response: { 200: ModelMetadata, ...errors },
  }
  const readySchema = {
    tags: ['protocols'],
    response: {
      ...errors,
      200: Ready,
      503: { description: 'Not now', content: { 'application/json': { schema: Ready } } },
    },
  }

  app.route({
    method: 'GET',
    url: '/models/:name',
    config: { scope: 'predict' },
    schema: {
      ...metadataSchema,
      operationId: 'openInferenceModel',
      summary: 'Open Inference Protocol: shows the champion’s tensors',
      params: modelParams,
    },
    handler: ({ params }) => metadata(params.name),
  })
  app.route({
    method: 'GET',
    url: '/models/:name/versions/:version',
    config: { scope: 'predict' },
    schema: {
      ...metadataSchema,
      operationId: 'openInferenceVersion',
      summary: 'Open Inference Protocol: shows a version’s tensors',
      params: versionParams,
    },
    handler: ({ params }) => metadata(params.name, params.version),
  })
  app.route({
    method: 'GET',
    url: '/models/:name/config',
    config: { scope: 'predict' },
    schema: {
      ...configurationSchema,
      operationId: 'openInferenceModelConfiguration',
      summary: 'Triton’s model configuration: the champion’s tensors',
      params: modelParams,
    },
    handler: ({ params }) => configuration(params.name),
  })
  app.route({
    method: 'GET',
    url: '/models/:name/versions/:version/config',
    config: { scope: 'predict' },
    schema: {
      ...configurationSchema,
      operationId: 'openInferenceVersionConfiguration',
      summary: 'Triton’s model configuration: a version’s tensors',
      params: versionParams,
    },
    handler: ({ params }) => configuration(params.name, params.version),
  })
  app.route({
    method: 'GET',
    url: '/models/:name/ready',
    config: { scope: 'predict' },
    schema: {
      ...readySchema,
      operationId: 'openInferenceModelReady',
      summary: 'Open Inference Protocol: tells whether the champion can be asked',
      params: modelParams,
    },
    handler: async ({ params }, reply) => {
      const answer = await readiness(params.name)
      return reply.code(answer.ready ? 200 : 503).send(answer as never)
    },
  })
  app.route({
    method: 'GET',
    url: '/models/:name/versions/:version/ready',
    config: { scope: 'predict' },
    schema: {
      ...readySchema,
      operationId: 'openInferenceVersionReady',
      summary: 'Open Inference Protocol: tells whether a version can be asked',
      params: versionParams,
    },
    handler: async ({ params }, reply) => {
      const answer = await readiness(params.name, params.version)
      return reply.code(answer.ready ? 200 : 503).send(answer as never)
    },
  })
}

export default models
