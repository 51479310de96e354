import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listVersions } from '../../registry/models.js'
import { modelPath } from '../model-path.js'
import { predictBodyBytes } from '../predict-route.js'
import { answerRows, referenceOf } from '../protocols/answer-rows.js'
import { protocolErrors } from '../protocols/error-bodies.js'
import { readInvocation } from '../protocols/mlflow/exchange.js'
import { Invocation, invocationExample } from '../protocols/mlflow/schema.js'
import { acceptRawBody, bytesOf } from '../protocols/raw-body.js'
import { buildValidator } from '../validator.js'

const errors = protocolErrors('mlflow')
const scope = 'predict' as const
const params = Type.Object({ name: modelPath.name })

const Endpoint = Type.Object({
  name: Type.String(),
  endpoint_type: Type.String(),
  model: Type.Object({ name: Type.String(), provider: Type.String() }),
  endpoint_url: Type.String(),
  limit: Type.Null(),
})

const endpointOf = (name: string) => ({
  name,
  endpoint_type: 'flywheel/v1/invocations',
  model: { name, provider: 'flywheel' },
  endpoint_url: `/endpoints/${name}/invocations`,
  limit: null,
})

/** Every model as an endpoint of its own, as the client of `mlflow.deployments` asks for them. */
const endpoints: FastifyPluginAsyncTypebox = async (app) => {
  acceptRawBody(app)

  app.route({
    method: 'GET',
    url: '/api/2.0/endpoints/',
    config: { scope },
    schema: {
      operationId: 'mlflowListEndpoints',
      tags: ['protocols'],
      summary: 'mlflow.deployments: lists the models that have a champion',
      response: { 200: Type.Object({ endpoints: Type.Array(Endpoint) }), ...errors },
    },
    handler: async () => ({ endpoints: app.deployments.champions.map(endpointOf) }),
  })

  app.route({
    method: 'GET',
    url: '/api/2.0/endpoints/:name',
    config: { scope },
    schema: {
      operationId: 'mlflowGetEndpoint',
      tags: ['protocols'],
      summary: 'mlflow.deployments: shows a model as an endpoint',
      params,
      response: { 200: Endpoint, ...errors },
    },
    handler: async ({ params: { name } }) => {
      await listVersions(app.database.db, name)
      return endpointOf(name)
    },
  })

  app.route({
    method: 'POST',
    url: '/endpoints/:name/invocations',
    bodyLimit: predictBodyBytes,
    config: { scope },
    // Rows are checked where they are read; the schema is for people.
    validatorCompiler: ((part) =>
      part.httpPart === 'body'
        ? (value: unknown) => ({ value })
        : buildValidator(part)) satisfies typeof buildValidator,
    schema: {
      operationId: 'mlflowEndpointInvocations',
      tags: ['protocols'],
      summary: 'mlflow.deployments: answers rows with the champion of a model, as /invocations does',
      params,
      body: {
        content: { 'application/json': { schema: { ...Invocation, examples: [invocationExample] } } },
      },
      response: { 200: Type.Object({ predictions: Type.Array(Type.Any()) }), ...errors },
    },
    handler: async (request, reply) => {
      const asked = { reference: referenceOf(request.params.name), request, reply }
      const answer = await answerRows(app, asked, (deployed) =>
        readInvocation(bytesOf(request), { contentType: request.headers['content-type'], deployed }),
      )
      reply.type('application/json; charset=utf-8')
      return Buffer.from(JSON.stringify(answer)) as never
    },
  })
}

export default endpoints
