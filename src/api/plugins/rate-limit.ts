import rateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'

/** Holds each key that carries a limit to its requests per minute, in each api by itself; others have none. */
export default fp(
  async (app) => {
    // Without keys nothing is limited, and predict is a hot path.
    if (!app.areKeysInForce) return
    await app.register(rateLimit, {
      timeWindow: 60_000,
      max: (request) => request.keyHolder?.perMinute ?? 0,
      keyGenerator: (request) => request.keyHolder?.id ?? '',
      allowList: (request) => request.keyHolder?.perMinute == null,
      errorResponseBuilder: (_request, { ttl, max }) =>
        new FlywheelError('rate-limited', `This key may send ${max} requests a minute`, {
          retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)),
        }),
    })
  },
  { name: 'rate-limit', dependencies: ['access'] },
)
