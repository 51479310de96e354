import fp from 'fastify-plugin'
import type { ErrorCode } from '../../contracts/errors.js'
import { classify, sendProblem } from '../problem.js'
import { isSharedPath, protocolOf, sendProtocolError, withErrorText } from '../protocols/error-bodies.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that it was answered with. */
    failureCode: ErrorCode | null
  }
}

/** Renders every error, once: as a problem document, or as the path’s protocol has it; logs those that are our fault. */
export default fp(
  async (app) => {
    app.decorateRequest('failureCode', null)
    app.setErrorHandler((thrown, request, reply) => {
      const error = classify(thrown)
      request.failureCode = error.code
      if (error.status >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed')
      const given = protocolOf(request.url)
      // A container knows the other protocols' paths no more than any path.
      const protocol = app.config.container !== null && given !== 'mlflow' ? null : given
      if (protocol !== null) return sendProtocolError(error, protocol, reply)
      return sendProblem(isSharedPath(request.url) ? withErrorText(error) : error, request.id, reply)
    })
  },
  { name: 'errors' },
)
