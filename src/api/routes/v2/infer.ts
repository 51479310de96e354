import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { predictBodyBytes } from '../../predict-route.js'
import { answerRows, referenceOf } from '../../protocols/answer-rows.js'
import { compressedAnswer } from '../../protocols/compressed-answer.js'
import { protocolErrors } from '../../protocols/error-bodies.js'
import { readInferRequest } from '../../protocols/open-inference/read-request.js'
import {
  InferAnswerSchema,
  InferBody,
  inferExample,
  modelParams,
  versionParams,
} from '../../protocols/open-inference/schema.js'
import { writeInferAnswer } from '../../protocols/open-inference/write-answer.js'
import { acceptRawBody, bytesOf } from '../../protocols/raw-body.js'
import { rowsOfTensors } from '../../protocols/tensors/tensor-rows.js'
import { buildValidator } from '../../validator.js'

const binary = Type.String({ format: 'binary', description: 'JSON, then the bytes of its binary tensors' })

const infer: FastifyPluginAsyncTypebox = async (app) => {
  acceptRawBody(app)

  async function answer(request: FastifyRequest, reply: FastifyReply, name: string, version?: string) {
    const asked = { reference: referenceOf(name, version), request, reply }
    const { body, jsonBytes } = await answerRows(app, asked, (deployed) => {
      const header = request.headers['inference-header-content-length']?.toString()
      const infer = readInferRequest(bytesOf(request), { header, deployed })
      return {
        rows: rowsOfTensors(infer.inputs, deployed),
        timeoutMs: infer.timeoutMs,
        encode: (answers) => writeInferAnswer(answers, { request: infer, deployed }),
      }
    })
    if (jsonBytes === null) reply.type('application/json; charset=utf-8')
    else reply.type('application/octet-stream').header('inference-header-content-length', String(jsonBytes))
    return compressedAnswer(body, reply) as never
  }

  const route = {
    method: 'POST' as const,
    bodyLimit: predictBodyBytes,
    config: { scope: 'predict' as const, acceptsCompressed: true },
    // Tensors are checked where they are read; the schema is for people.
    validatorCompiler: ((part) =>
      part.httpPart === 'body'
        ? (value: unknown) => ({ value })
        : buildValidator(part)) satisfies typeof buildValidator,
  }
  const schema = {
    tags: ['protocols'],
    body: {
      content: {
        'application/json': { schema: { ...InferBody, examples: [inferExample] } },
        'application/octet-stream': { schema: binary },
      },
    },
    response: {
      200: {
        description: 'The outputs, in JSON or binary as each was asked for',
        content: {
          'application/json': { schema: InferAnswerSchema },
          'application/octet-stream': { schema: binary },
        },
      },
      ...protocolErrors('open-inference'),
    },
  }

  app.route({
    ...route,
    url: '/models/:name/infer',
    schema: {
      ...schema,
      operationId: 'openInferenceInfer',
      summary: 'Open Inference Protocol: answers tensors with the champion',
      params: modelParams,
    },
    handler: (request, reply) => answer(request, reply, request.params.name),
  })
  app.route({
    ...route,
    url: '/models/:name/versions/:version/infer',
    schema: {
      ...schema,
      operationId: 'openInferenceInferByVersion',
      summary: 'Open Inference Protocol: answers tensors with a version',
      params: versionParams,
    },
    handler: (request, reply) => answer(request, reply, request.params.name, request.params.version),
  })
}

export default infer
