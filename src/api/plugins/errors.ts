import fp from 'fastify-plugin'
import type { ErrorCode } from '../../contracts/errors.js'
import { answerError } from '../answer-error.js'
import { classify } from '../problem.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that it was answered with. */
    failureCode: ErrorCode | null
  }
}

/** Answers every error, and logs those that are our fault. */
export default fp(
  async (app) => {
    app.decorateRequest('failureCode', null)
    app.setErrorHandler((thrown, request, reply) => {
      const error = classify(thrown)
      request.failureCode = error.code
      if (error.status >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed')
      return answerError(error, { config: app.config, request, reply })
    })
  },
  { name: 'errors' },
)
