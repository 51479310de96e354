import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listVersions } from '../../../registry/models.js'
import { setLoaded } from '../../../registry/unloaded-models.js'
import { protocolErrors } from '../../protocols/error-bodies.js'
import {
  checkLoadRequest,
  checkUnloadRequest,
  readIndexRequest,
} from '../../protocols/open-inference/read-repository-request.js'
import { IndexBody, LoadBody, modelParams, RepositoryIndex } from '../../protocols/open-inference/schema.js'
import { acceptRawBody, bytesOf } from '../../protocols/raw-body.js'
import { buildValidator } from '../../validator.js'

const common = {
  method: 'POST' as const,
  // Bodies are read where they are used; the schema is for people.
  validatorCompiler: ((part) =>
    part.httpPart === 'body'
      ? (value: unknown) => ({ value })
      : buildValidator(part)) satisfies typeof buildValidator,
}
const tags = ['protocols']
const errors = protocolErrors('open-inference')
const Done = Type.Object({}, { description: 'It is done' })

/** Triton's model repository extension: which versions there are, and whether their models are in service. */
const repository: FastifyPluginAsyncTypebox = async (app) => {
  acceptRawBody(app)
  const { db } = app.database

  app.route({
    ...common,
    url: '/repository/index',
    config: { scope: 'predict' },
    schema: {
      operationId: 'openInferenceRepositoryIndex',
      tags,
      summary: 'Triton’s repository index: lists the published versions',
      body: { ...IndexBody, examples: [{ ready: true }] },
      response: { 200: RepositoryIndex, ...errors },
    },
    handler: async (request) => {
      const { readyOnly } = readIndexRequest(bytesOf(request))
      const rows = await listVersions(db)
      return rows.map(entryOf).filter(({ state }) => !readyOnly || state === 'READY')
    },
  })

  app.route({
    ...common,
    url: '/repository/models/:name/load',
    config: { scope: 'train' },
    schema: {
      operationId: 'openInferenceLoad',
      tags,
      summary: 'Triton’s load: takes a model into service again, and its deployed versions into memory',
      params: modelParams,
      body: { ...LoadBody, examples: [{}] },
      response: { 200: Done, ...errors },
    },
    handler: async (request) => {
      checkLoadRequest(bytesOf(request))
      const { name } = request.params
      await setLoaded(db, { model: name, isLoaded: true })
      await applyDeployments()
      app.deployments.checkSignatures(name)
      await Promise.all(app.deployments.deployedOf(name).map((sha256) => app.predictors.load(sha256)))
      return {}
    },
  })

  app.route({
    ...common,
    url: '/repository/models/:name/unload',
    config: { scope: 'train' },
    schema: {
      operationId: 'openInferenceUnload',
      tags,
      summary: 'Triton’s unload: takes a model out of service and out of memory, until it is loaded',
      params: modelParams,
      body: { ...LoadBody, examples: [{ parameters: { unload_dependents: false } }] },
      response: { 200: Done, ...errors },
    },
    handler: async (request) => {
      checkUnloadRequest(bytesOf(request))
      const { name } = request.params
      await setLoaded(db, { model: name, isLoaded: false })
      await applyDeployments()
      app.predictors.drop(app.deployments.deployedOf(name))
      return {}
    },
  })

  const entryOf = ({ model, version }: { model: string; version: number }) => {
    const isLoaded = app.deployments.isLoaded(model)
    return {
      name: model,
      version: String(version),
      state: isLoaded ? 'READY' : 'UNAVAILABLE',
      reason: isLoaded ? '' : 'unloaded',
    }
  }

  async function applyDeployments(): Promise<void> {
    await app.deployments.refresh()
    app.predictors.hold(app.deployments.deployed)
  }
}

export default repository
