import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'

/** Answers 405 with `Allow` where the path has other methods, else 404: before any body is read. */
export default fp(
  async (app) => {
    const routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = []
    app.addHook('onRoute', ({ url, method }) => {
      routes.push({ path: pathPattern(url), methods: [method].flat() })
    })
    app.addHook('onRequest', (request, reply, done) => {
      if (!request.is404) return done()
      const path = request.url.split('?', 1)[0] ?? ''
      const methods = new Set(routes.flatMap((route) => (route.path.test(path) ? route.methods : [])))
      if (methods.size === 0)
        throw new FlywheelError('not-found', `There is no route ${request.method} ${path}`)
      const allowed = [...methods].sort().join(', ')
      reply.header('allow', allowed)
      throw new FlywheelError('method-not-allowed', `${path} takes ${allowed}, not ${request.method}`)
    })
    app.setNotFoundHandler(() => {
      throw new FlywheelError('not-found', 'There is no such route')
    })
  },
  { name: 'unknown-routes', dependencies: ['errors', 'access'] },
)

/** "/v1/models/:name" matches "/v1/models/digits"; a "*" matches everything. */
const pathPattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replace(/[.+?^${}|[\]\\]/g, '\\$&')
      .replace(/(?<!:):[A-Za-z_]\w*(\([^)]*\))?/g, '[^/]+')
      .replaceAll('*', '.*')
      .replaceAll('::', ':')}/?$`,
  )
