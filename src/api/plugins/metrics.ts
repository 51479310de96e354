import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

declare module 'fastify' {
  interface FastifyInstance {
    /** What `/metrics` shows; plugins register their own counters and gauges here. */
    readonly metrics: Registry
  }
}

/** Seconds; from a loaded model's answer to a large upload. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Counts and times every request by route, method and status. */
export default fp(
  async (app) => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const requests = new Counter({
      name: 'flywheel_http_requests_total',
      help: 'Answered requests',
      labelNames: ['method', 'route', 'status'],
      registers: [registry],
    })
    const durations = new Histogram({
      name: 'flywheel_http_request_duration_seconds',
      help: 'Time from the request’s head to the end of its answer',
      labelNames: ['method', 'route'],
      buckets: BUCKETS,
      registers: [registry],
    })
    app.decorate('metrics', registry)
    app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
      const route = routeOptions.url ?? 'unknown'
      requests.inc({ method, route, status: String(reply.statusCode) })
      durations.observe({ method, route }, reply.elapsedTime / 1_000)
    })
  },
  { name: 'metrics' },
)
