import fp from 'fastify-plugin'
import { Counter, Gauge } from 'prom-client'
import { ShadowCopies } from '../../serving/shadow-copies.js'

type Outcome = 'answered' | 'failed' | 'dropped'

declare module 'fastify' {
  interface FastifyInstance {
    /** Copies of requests for versions whose answers nobody is given. */
    readonly shadows: {
      readonly copies: ShadowCopies
      count(copy: { model: string; version: number; outcome: Outcome }): void
      /** @param same rows that the shadow has answered as the version that answered the request */
      compare(copy: { model: string; version: number; rows: number; same: number }): void
    }
  }
}

/** Holds the copies for shadows, and counts what became of them. */
export default fp(
  async (app) => {
    const registers = [app.metrics]
    const { labelsOf } = app.predictionMetrics
    const copies = new ShadowCopies()
    const total = new Counter({
      name: 'flywheel_shadow_copies_total',
      help: 'Copies of requests for shadows by what became of them; dropped: too many waited',
      labelNames: ['model', 'version', 'outcome'],
      registers,
    })
    const rows = new Counter({
      name: 'flywheel_shadow_rows_total',
      help: 'Rows that a shadow has answered, by whether its label or value is the one that was given',
      labelNames: ['model', 'version', 'answer'],
      registers,
    })
    new Gauge({
      name: 'flywheel_shadow_waiting',
      help: 'Copies of requests that wait for shadows',
      registers,
      collect() {
        this.set(copies.waiting)
      },
    })
    app.decorate('shadows', {
      copies,
      count: ({ outcome, ...version }) => total.inc({ ...labelsOf(version), outcome }),
      compare({ rows: all, same, ...version }) {
        const labels = labelsOf(version)
        rows.inc({ ...labels, answer: 'same' }, same)
        rows.inc({ ...labels, answer: 'different' }, all - same)
      },
    })
    // Before predictor and kept predictions close.
    app.addHook('onClose', () => copies.close())
  },
  { name: 'shadows', dependencies: ['metrics', 'prediction-metrics', 'predictors', 'predictions'] },
)
