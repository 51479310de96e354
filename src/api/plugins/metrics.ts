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
    // Finding a series by its labels costs more than counting.
    const series = new Map<string, { count(): void; observe(seconds: number): void }>()
    function seriesOf(method: string, route: string, status: number) {
      const key = `${method} ${status} ${route}`
      const known = series.get(key)
      if (known) return known
      const counter = requests.labels({ method, route, status: String(status) })
      const histogram = durations.labels({ method, route })
      const made = { count: () => counter.inc(), observe: (seconds: number) => histogram.observe(seconds) }
      series.set(key, made)
      return made
    }
    app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
      const { count, observe } = seriesOf(method, routeOptions.url ?? 'unknown', reply.statusCode)
      count()
      observe(reply.elapsedTime / 1_000)
      done()
    })
  },
  { name: 'metrics' },
)
