import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { type ErrorCode, errorTable, FlywheelError, shown } from '../contracts/errors.js'
import { classifyDatabaseError } from './database-error.js'

/** RFC 9457: what every error answers, as `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the error is explained' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ description: 'Stable, for programs; /docs/errors lists them all' }),
    detail: Type.String({ description: 'What happened this time' }),
    remedy: Type.String({ description: 'How to mend it' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String(),
          line: Type.Optional(Type.Integer({ minimum: 1, description: 'Of an uploaded CSV file' })),
          expected: Type.String(),
          received: Type.String(),
        }),
        { description: 'Each place of the input that is wrong, at most 100' },
      ),
    ),
    requestId: Type.String(),
  },
  { title: 'Problem', description: 'An error; some codes add members of their own' },
)
export type Problem = Static<typeof Problem>

/** Statuses that any route can answer: a bad request, missing or insufficient keys, too much or too slow, a fault. */
const COMMON = [400, 401, 403, 408, 429, 431, 500, 503] as const

/**
 * Response schemas of the problem documents that a route can answer: the given statuses, and those that any
 * route can. The type is empty on purpose: what a handler returns is checked against its own answers alone.
 */
export function problems(...statuses: readonly number[]): Record<never, never> {
  const all = [...new Set([...COMMON, ...statuses])].sort()
  return Object.fromEntries(
    all.map((status) => [
      status,
      { description: titles(status), content: { 'application/problem+json': { schema: Problem } } },
    ]),
  )
}

const titles = (status: number): string =>
  Object.entries(errorTable)
    .filter(([, entry]) => entry.status === status)
    .map(([code, { title }]) => `\`${code}\`: ${title}`)
    .join('; ')

/** An error as it is shown: nothing of its cause, stack or place. */
export function problemOf(error: FlywheelError, requestId: string): Problem {
  return {
    ...error.members,
    type: `/docs/errors#${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    remedy: error.remedy,
    ...(error.errors.length > 0 ? { errors: error.errors.slice(0, 100) as Problem['errors'] & object } : {}),
    requestId,
  }
}

/** Fastify's and Node's own errors that a client can cause, in the table's terms. */
const known: Readonly<Record<string, { code: ErrorCode; detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'body-too-large',
    detail: 'The body is larger than this route accepts',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'media-type-unsupported',
    detail: 'This route does not accept a body of this content type',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'body-malformed', detail: 'The body is empty, and must be JSON' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'body-malformed', detail: 'The body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'body-malformed',
    detail: 'The body is shorter or longer than Content-Length says',
  },
  FST_ERR_BAD_URL: { code: 'request-invalid', detail: 'The path is not a valid URL' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'request-invalid', detail: 'A part of the path is too long' },
  ENOSPC: { code: 'storage-full', detail: 'There is no space left on the disk' },
  EDQUOT: { code: 'storage-full', detail: 'There is no space left on the disk' },
}

/** Any thrown value as an entry of the table; what nobody foresaw is `internal` and tells nothing. */
export function classify(error: unknown): FlywheelError {
  if (error instanceof FlywheelError) return error
  const refusal = classifyDatabaseError(error)
  if (refusal) return refusal
  const { code, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: string
    statusCode?: number
  }
  const entry = known[code ?? '']
  if (entry) return new FlywheelError(entry.code, entry.detail, { cause: error })
  const byStatus = clientErrors[statusCode ?? 0]
  if (byStatus) return new FlywheelError(byStatus, errorTable[byStatus].title, { cause: error })
  return new FlywheelError('internal', 'The request could not be completed', { cause: error })
}

/** For errors of plugins that carry only a status. */
const clientErrors: Readonly<Record<number, ErrorCode>> = {
  400: 'request-invalid',
  404: 'not-found',
  408: 'timeout',
  413: 'body-too-large',
  414: 'request-invalid',
  415: 'media-type-unsupported',
  429: 'rate-limited',
}

/** Answers with the problem document of whatever was thrown. */
export function sendProblem(thrown: unknown, requestId: string, reply: FastifyReply): FastifyReply {
  const error = namingMediaTypes(classify(thrown), reply)
  if (error.retryAfterSeconds !== undefined || error.retriable) {
    reply.header('retry-after', String(error.retryAfterSeconds ?? 1))
  }
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer((problem: Problem) => JSON.stringify(problem))
    .send(problemOf(error, requestId))
}

/** Fastify tells only that the content type is wrong; the route's schema knows which ones are right. */
function namingMediaTypes(error: FlywheelError, { request }: FastifyReply): FlywheelError {
  if (error.code !== 'media-type-unsupported' || error.errors.length > 0) return error
  const { content } = (request.routeOptions?.schema?.body ?? {}) as { content?: object }
  const types = Object.keys(content ?? { 'application/json': {} })
  const errors = [
    {
      path: 'header.content-type',
      expected: types.join(' or '),
      received: shown(request.headers['content-type']),
    },
  ]
  return new FlywheelError(error.code, error.message, { errors, cause: error.cause })
}
