import fp from 'fastify-plugin'
import { classify, sendProblem } from '../problem.js'

/** Renders every error, once, as a problem document; logs those that are our fault. */
export default fp(
  async (app) => {
    app.setErrorHandler((thrown, request, reply) => {
      const error = classify(thrown)
      if (error.status >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed')
      return sendProblem(error, request.id, reply)
    })
  },
  { name: 'errors' },
)
