import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'

/** What a key may do; `none` marks a route that answers anyone. */
export type Scope = 'data' | 'train' | 'predict' | 'feedback' | 'admin' | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs for this route. */
    scope?: Scope
  }
}

export default fp(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      if (app.config.adminKey !== null) throw new FlywheelError('unauthorized', 'This needs an API key')
    })
  },
  { name: 'access', dependencies: ['errors'] },
)
