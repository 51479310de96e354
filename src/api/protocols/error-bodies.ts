import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { FlywheelError } from '../../contracts/errors.js'

/** Open Inference Protocol, TensorFlow Serving and KServe V1. */
const ErrorText = Type.Object({ error: Type.String({ description: 'What happened, in words' }) })
const MlflowError = Type.Object({
  error_code: Type.String({ description: 'BAD_REQUEST, RESOURCE_DOES_NOT_EXIST, …' }),
  message: Type.String(),
})

type Protocol = 'open-inference' | 'tensorflow-serving' | 'mlflow'

const paths: readonly [Protocol, RegExp][] = [
  ['open-inference', /^\/v2(\/|$)/],
  [
    'tensorflow-serving',
    /^\/v1\/models\/[^/:]+(\/versions\/[^/:]+|\/labels\/[^/:]+)?(:[^/]*|\/metadata)$|^\/v1\/models\/[^/]+\/labels\/[^/]+$/i,
  ],
  ['mlflow', /^\/(invocations|ping|health|version)$|^\/(endpoints|api\/2\.0\/endpoints)(\/|$)/],
]

/** Paths that TensorFlow Serving's clients share with our own: its error stands beside ours. */
const shared = /^\/v1\/models(\/[^/]+(\/versions\/[^/]+)?)?$/

/** By the path alone, never by what a client accepts: which protocol's error body it answers; null for our own. */
export function protocolOf(url: string): Protocol | null {
  const path = pathOf(url)
  return paths.find(([, pattern]) => pattern.test(path))?.[0] ?? null
}

export const isSharedPath = (url: string): boolean => shared.test(pathOf(url))

/** The problem with the member that TensorFlow Serving's clients read. */
export function withErrorText(error: FlywheelError): FlywheelError {
  const { code, message, errors, cause, remedy, retryAfterSeconds, members } = error
  return new FlywheelError(code, message, {
    errors,
    cause,
    remedy,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    members: { ...members, error: message },
  })
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

/** Protocols know no 422: what does not fit the model is a bad request. */
const statusOf = ({ status }: FlywheelError): number => (status === 422 ? 400 : status)

/** Answers an error in the form of the protocol. */
export function sendProtocolError(
  error: FlywheelError,
  protocol: Protocol,
  reply: FastifyReply,
): FastifyReply {
  if (error.retryAfterSeconds !== undefined || error.retriable) {
    reply.header('retry-after', String(error.retryAfterSeconds ?? 1))
  }
  const send = (status: number, body: object) =>
    reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(Buffer.from(JSON.stringify(body)))
  const { request } = reply
  switch (protocol) {
    case 'open-inference':
      return send(statusOf(error), { error: error.message })
    case 'tensorflow-serving':
      if (!request.is404 || ![404, 405].includes(error.status))
        return send(statusOf(error), { error: error.message })
      reply.removeHeader('allow')
      return send(400, { error: `Malformed request: ${request.method} ${pathOf(request.url)}` })
    case 'mlflow':
      if (error.status === 415) return reply.code(415).type('text/plain; charset=utf-8').send(error.message)
      return send(statusOf(error), { error_code: mlflowCode(statusOf(error)), message: error.message })
  }
}

const mlflowCodes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'REQUEST_TIMEOUT',
  409: 'RESOURCE_CONFLICT',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

const mlflowCode = (status: number): string =>
  mlflowCodes[status] ?? (status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST')

/** Statuses that any route of a protocol can answer. */
const COMMON = [400, 401, 403, 404, 408, 413, 429, 431, 500, 503, 504] as const

/** Response schemas of a protocol's errors. The type is empty on purpose, as that of `problems`. */
export function protocolErrors(protocol: Protocol): Record<never, never> {
  const schema = protocol === 'mlflow' ? MlflowError : ErrorText
  const content = { 'application/json': { schema } }
  const entries: [number, object][] = COMMON.map((status) => [
    status,
    { description: 'An error in the protocol’s own form', content },
  ])
  const text = { 'text/plain': { schema: Type.String() } }
  const description = 'A content type or encoding that is not supported'
  return Object.fromEntries([
    ...entries,
    [415, { description, content: protocol === 'mlflow' ? text : content }],
  ])
}
