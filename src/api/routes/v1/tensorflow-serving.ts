import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { VersionReference } from '../../../serving/deployments.js'
import { modelPath } from '../../model-path.js'
import { predictBodyBytes } from '../../predict-route.js'
import { answerRows } from '../../protocols/answer-rows.js'
import { protocolErrors } from '../../protocols/error-bodies.js'
import { acceptRawBody, bytesOf } from '../../protocols/raw-body.js'
import { askClassify, askPredict, askRegress } from '../../protocols/tensorflow-serving/exchanges.js'
import {
  Metadata,
  metadataOf,
  questions,
  statusOf,
  VersionStatus,
} from '../../protocols/tensorflow-serving/schema.js'
import { buildValidator } from '../../validator.js'

interface Named {
  readonly name: string
  readonly version?: number
  readonly label?: string
}

const { name, version, alias: label } = modelPath

/** The three ways to name a version: none (the champion), a number, or a label, which is an alias. */
const places = [
  { path: '/models/:name', inner: '/models/:name(^[a-z0-9-]+)', suffix: '', params: Type.Object({ name }) },
  {
    path: '/models/:name/versions/:version',
    inner: '/models/:name/versions/:version(^\\d+)',
    suffix: 'ByVersion',
    params: Type.Object({ name, version }),
  },
  {
    path: '/models/:name/labels/:label',
    inner: '/models/:name/labels/:label(^[a-z0-9-]+)',
    suffix: 'ByLabel',
    params: Type.Object({ name, label }),
  },
] as const

const asks = { predict: askPredict, classify: askClassify, regress: askRegress } as const
const summaries = {
  predict: 'TensorFlow Serving and KServe V1: answers rows or columns',
  classify: 'TensorFlow Serving: answers examples with labels and probabilities',
  regress: 'TensorFlow Serving: answers examples with values',
} as const
const errors = protocolErrors('tensorflow-serving')

const tensorflowServing: FastifyPluginAsyncTypebox = async (app) => {
  acceptRawBody(app)

  for (const { path, inner, suffix, params } of places) {
    for (const verb of ['predict', 'classify', 'regress'] as const) {
      const { body, answer } = questions[verb]
      app.route({
        method: 'POST',
        url: `${inner}::${verb}`,
        bodyLimit: predictBodyBytes,
        config: { scope: 'predict', acceptsCompressed: true },
        // Rows are checked where they are read; the schema is for people.
        validatorCompiler: ((part) =>
          part.httpPart === 'body'
            ? (value: unknown) => ({ value })
            : buildValidator(part)) satisfies typeof buildValidator,
        schema: {
          operationId: `tensorflowServing${verb[0]?.toUpperCase()}${verb.slice(1)}${suffix}`,
          tags: ['protocols'],
          summary: summaries[verb],
          params,
          body,
          response: { 200: answer, ...errors },
        },
        handler: async (request, reply) => {
          const reference = referenceIn(request.params as Named)
          const given = answerRows(app, { reference, request, reply }, (deployed) =>
            asks[verb](bytesOf(request), deployed),
          )
          reply.type('application/json; charset=utf-8')
          return Buffer.from(JSON.stringify(await given)) as never
        },
      })
    }
    app.route({
      method: 'GET',
      url: `${path}/metadata`,
      config: { scope: 'predict' },
      schema: {
        operationId: `tensorflowServingMetadata${suffix}`,
        tags: ['protocols'],
        summary: 'TensorFlow Serving: shows the signature as tensors',
        params,
        response: { 200: Metadata, ...errors },
      },
      handler: async ({ params }) => metadataOf(await app.deployments.resolve(referenceIn(params as Named))),
    })
  }

  app.route({
    method: 'GET',
    url: '/models/:name/labels/:label',
    config: { scope: 'predict' },
    schema: {
      operationId: 'tensorflowServingStatusByLabel',
      tags: ['protocols'],
      summary: 'TensorFlow Serving: tells whether the version of a label can be asked',
      params: Type.Object({ name, label }),
      response: { 200: Type.Object({ model_version_status: VersionStatus }), ...errors },
    },
    handler: async ({ params }) => {
      const { version } = await app.deployments.resolve(referenceIn(params))
      return { model_version_status: statusOf([version], app.deployments.isLoaded(params.name)) }
    },
  })
}

export default tensorflowServing

const referenceIn = ({ name: model, version, label }: Named): VersionReference =>
  version === undefined ? { model, alias: label ?? 'champion' } : { model, version }
