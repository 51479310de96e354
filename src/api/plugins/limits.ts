import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'

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
    app.addHook('onRequest', async ({ headers }, reply) => {
      if (isClosing) {
        reply.header('connection', 'close')
        throw new FlywheelError('closing', 'The service takes no more requests')
      }
      const encoding = headers['content-encoding'] ?? 'identity'
      if (encoding.toLowerCase() === 'identity') return
      throw new FlywheelError('media-type-unsupported', 'Compressed bodies are not accepted', {
        remedy: 'Send the body without Content-Encoding',
        errors: [{ path: 'header.content-encoding', expected: 'identity', received: encoding.slice(0, 80) }],
      })
    })
  },
  { name: 'limits', dependencies: ['errors', 'access', 'unknown-routes'] },
)
