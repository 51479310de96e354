import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes gzip and deflate, and bounds what comes out of them itself. */
    acceptsCompressed?: boolean
  }
}

/**
 * Refuses compressed bodies (a hundred megabytes of zeros are a hundred kilobytes of gzip), and requests that come
 * over open connections while the service closes.
 */
export default fp(
  async (app) => {
    let isClosing = false
    app.addHook('preClose', async () => {
      isClosing = true
    })
    app.addHook('onRequest', ({ headers, routeOptions }, reply, done) => {
      if (isClosing) {
        reply.header('connection', 'close')
        throw new FlywheelError('closing', 'The service takes no more requests')
      }
      const encoding = headers['content-encoding'] ?? 'identity'
      const { acceptsCompressed = false } = routeOptions.config
      if (encoding.toLowerCase() === 'identity') return done()
      if (acceptsCompressed && /^(gzip|deflate)$/i.test(encoding)) return done()
      throw new FlywheelError('media-type-unsupported', 'Compressed bodies are not accepted', {
        remedy: 'Send the body without Content-Encoding',
        errors: [{ path: 'header.content-encoding', expected: 'identity', received: encoding.slice(0, 80) }],
      })
    })
  },
  { name: 'limits', dependencies: ['errors', 'access', 'unknown-routes'] },
)
