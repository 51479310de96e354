import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../contracts/errors.js'
import type { VersionReference } from '../../serving/deployments.js'
import { predictBodyBytes } from '../predict-route.js'
import { answerRows, referenceOf } from '../protocols/answer-rows.js'
import { protocolErrors } from '../protocols/error-bodies.js'
import { readInvocation } from '../protocols/mlflow/exchange.js'
import { Invocation, invocationExample } from '../protocols/mlflow/schema.js'
import { acceptRawBody, bytesOf } from '../protocols/raw-body.js'
import { flywheelVersion } from '../version.js'

const errors = protocolErrors('mlflow')
const scope = 'predict' as const
const text = (description: string) => ({ description, content: { 'text/plain': { schema: Type.String() } } })

const mlflow: FastifyPluginAsyncTypebox = async (app) => {
  acceptRawBody(app)

  app.route({
    method: 'POST',
    url: '/invocations',
    bodyLimit: predictBodyBytes,
    config: { scope, isContainerContract: true },
    validatorCompiler: () => (value: unknown) => ({ value }),
    schema: {
      operationId: 'mlflowInvocations',
      tags: ['protocols'],
      summary:
        'MLflow, SageMaker and Vertex AI: answers rows with the model that FLYWHEEL_INVOCATIONS_MODEL names',
      body: {
        content: {
          'application/json': { schema: { ...Invocation, examples: [invocationExample] } },
          'text/csv': {
            schema: Type.String({ examples: ['sepal_length,petal_length\n5.1,1.4\n'] }),
          },
        },
      },
      response: { 200: Type.Object({ predictions: Type.Array(Type.Any()) }), ...errors },
    },
    handler: async (request, reply) => {
      const answer = await answerRows(app, { reference: invoked(), request, reply }, (deployed) =>
        readInvocation(bytesOf(request), { contentType: request.headers['content-type'], deployed }),
      )
      reply.type('application/json; charset=utf-8')
      return Buffer.from(JSON.stringify(answer)) as never
    },
  })

  for (const path of ['ping', 'health'] as const) {
    app.route({
      method: 'GET',
      url: `/${path}`,
      config: { scope, isContainerContract: path === 'ping' },
      schema: {
        operationId: path === 'ping' ? 'mlflowPing' : 'mlflowHealth',
        tags: ['protocols'],
        summary: 'MLflow, SageMaker: tells whether the invoked model can be asked',
        response: { 200: text('An empty line'), ...errors },
      },
      handler: async (_request, reply) => {
        await checkAnswerable()
        return reply.type('text/plain; charset=utf-8').send('\n' as never)
      },
    })
  }

  app.route({
    method: 'GET',
    url: '/version',
    config: { scope },
    schema: {
      operationId: 'mlflowVersion',
      tags: ['protocols'],
      summary: 'MLflow: the version of the server, as text',
      response: { 200: text('The version'), ...errors },
    },
    handler: async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(flywheelVersion as never),
  })

  async function checkAnswerable(): Promise<void> {
    const reference = invoked()
    await app.deployments.resolve(reference)
    const isReady = app.predictors.health.ready && app.deployments.isLoaded(reference.model)
    if (!isReady) throw new FlywheelError('not-found', 'The model is not ready')
  }

  /** The model that is named, else the only one. */
  function invoked(): VersionReference {
    const { champions } = app.deployments
    const named = app.config.invocationsModel ?? (champions.length === 1 ? champions[0] : undefined)
    if (named !== undefined) {
      const [model = '', version] = named.split('@')
      return referenceOf(model, version)
    }
    if (champions.length === 0) throw new FlywheelError('not-found', 'There is no model with a champion')
    throw new FlywheelError(
      'request-invalid',
      `There are several models (${champions.slice(0, 20).join(', ')}${champions.length > 20 ? ', …' : ''}): name one with FLYWHEEL_INVOCATIONS_MODEL`,
    )
  }
}

export default mlflow
