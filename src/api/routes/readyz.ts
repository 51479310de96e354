import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { HealthCheck, PartHealth } from '../plugins/health.js'
import { Problem, problems } from '../problem.js'

const Part = Type.Object({ ready: Type.Boolean(), reason: Type.Optional(Type.String()) })
const Readiness = Type.Object({
  status: Type.Enum(['ready', 'not-ready'], { type: 'string' }),
  parts: Type.Optional(
    Type.Record(Type.String(), Part, { description: 'Shown to holders of a key, where keys are in force' }),
  ),
})
type Readiness = Static<typeof Readiness>

/** Its type is hidden, as that of `problems()` is. */
const notReady: Record<never, never> = {
  503: {
    description: 'Not ready, with reasons; or a problem document',
    content: {
      'application/json': { schema: Readiness },
      'application/problem+json': { schema: Problem },
    },
  },
}

/** A part that does not say in this time that it is ready is not. */
const CHECK_TIMEOUT_MS = 2_000

const readyz: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { scope: 'none', isPublic: true },
    schema: {
      operationId: 'getReadiness',
      tags: ['service'],
      summary: 'Whether requests can be answered, and what each part says',
      description: 'A missing worker is a stated reason but no unreadiness: jobs wait in the queue.',
      response: { 200: Readiness, ...problems(), ...notReady },
    },
    handler: async ({ isTrusted }, reply) => {
      const checks = [...app.healthChecks].map(async ([name, check]) => [name, await ask(check)] as const)
      const parts = Object.fromEntries(await Promise.all(checks))
      const isReady = Object.values(parts).every(({ ready }) => ready)
      const status = isReady ? 'ready' : 'not-ready'
      const answer: Readiness = isTrusted ? { status, parts } : { status }
      reply.statusCode = isReady ? 200 : 503
      return answer
    },
  })
}

async function ask(check: HealthCheck): Promise<PartHealth> {
  const late = new Promise<PartHealth>((resolve) => {
    setTimeout(() => resolve({ ready: false, reason: 'It does not answer' }), CHECK_TIMEOUT_MS).unref()
  })
  const answer = Promise.resolve()
    .then(check)
    .catch(() => ({ ready: false, reason: 'It can not be reached' }))
  return Promise.race([answer, late])
}

export default readyz
