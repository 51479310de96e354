import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'
import { activeKeys } from '../../registry/keys.js'
import { type KeyHolder, KeyRing } from '../access/key-ring.js'
import { checkLocalRequest, isLoopbackAddress } from '../access/loopback.js'

/** What a key may do; `none` marks a route for which any key is enough. */
export type Scope = 'data' | 'train' | 'predict' | 'feedback' | 'admin' | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs here; any one of several. `admin` holds them all. */
    scope?: Scope | readonly Scope[]
    /** Answers anyone; the handler leaves out what only a key may see (`request.isTrusted`). */
    isPublic?: boolean
    /** What a container of SageMaker or Vertex AI answers, and it alone; those platforms send no key. */
    isContainerContract?: boolean
  }
  interface FastifyRequest {
    /** Who asks; null where no keys are in force, and for strangers on public routes. */
    keyHolder: KeyHolder | null
    /** False for strangers on public routes alone. */
    isTrusted: boolean
  }
  interface FastifyInstance {
    readonly keyRing: KeyRing
    /** Whether requests need a key: on any address but loopback, or where an admin key is set. */
    readonly areKeysInForce: boolean
  }
}

const REFRESH_MS = 2_000

/** Lets requests in: by key and scope where keys are in force, else from this machine alone. */
export default fp(
  async (app) => {
    const { adminKey, host } = app.config
    const isContainer = app.config.container !== null
    const areKeysInForce = !isContainer && (adminKey !== null || !isLoopbackAddress(host))
    const ring = new KeyRing({ adminKey, load: () => activeKeys(app.database.db) })
    app.decorate('keyRing', ring)
    app.decorate('areKeysInForce', areKeysInForce)
    app.decorateRequest('keyHolder', null)
    app.decorateRequest('isTrusted', false)

    if (areKeysInForce) app.addHook('onRequest', checkKey)
    else if (isContainer) app.addHook('onRequest', checkContract)
    else app.addHook('onRequest', checkLocal)

    async function checkKey(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const { isPublic, scope = 'none' } = request.routeOptions.config
      request.keyHolder = await holderOf(request, ring)
      request.isTrusted = request.keyHolder !== null
      if (isPublic) return
      if (request.keyHolder === null) {
        reply.header('www-authenticate', 'Bearer realm="flywheel"')
        throw new FlywheelError('unauthorized', 'No valid API key was sent')
      }
      checkScope([scope].flat(), request.keyHolder)
    }

    if (areKeysInForce) await keepFresh()

    async function keepFresh(): Promise<void> {
      await ring.refresh()
      const refresh = () =>
        ring.refresh().catch((err: unknown) => app.log.warn({ err }, 'API keys could not be read again'))
      const stopListening = await app.database.listen('keys', () => void refresh())
      const timer = setInterval(() => void refresh(), REFRESH_MS).unref()
      app.addHook('onClose', async () => {
        clearInterval(timer)
        await stopListening()
      })
    }
  },
  { name: 'access', dependencies: ['errors', 'headers', 'database'] },
)

/** Not async, as predict is a hot path. */
const checkLocal: onRequestHookHandler = (request, _reply, done) => {
  checkLocalRequest(request.headers)
  request.isTrusted = true
  done()
}

const checkContract: onRequestHookHandler = (request, _reply, done) => {
  if (request.routeOptions.config?.isContainerContract) return done()
  throw new FlywheelError('not-found', 'A container answers its contract’s routes alone')
}

async function holderOf(request: FastifyRequest, ring: KeyRing): Promise<KeyHolder | null> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return token === undefined ? null : ring.holder(token)
}

function checkScope(needed: readonly Scope[], { scopes }: KeyHolder): void {
  if (needed.includes('none') || scopes.includes('admin')) return
  if (needed.some((scope) => scopes.includes(scope))) return
  throw new FlywheelError('forbidden', `This needs a key with the scope ${needed.join(' or ')}`)
}
