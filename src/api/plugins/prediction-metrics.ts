import fp from 'fastify-plugin'
import { Counter, Histogram } from 'prom-client'
import type { AnswerTimes } from '../../serving/messages.js'

/** Which version a prediction is counted for. */
interface Counted {
  readonly model: string
  readonly version: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts what predictors have answered. */
    readonly predictionMetrics: {
      observe(counted: Counted, answer: AnswerTimes): void
      /** The labels of a series; those of `other` once there are too many. */
      labelsOf(counted: Counted): { model: string; version: string }
    }
  }
  interface FastifyRequest {
    /** Of a request for predictions: the version that answers it, `unknown` as long as none is found. */
    prediction: Counted | 'unknown' | null
  }
}

/** Each pair of model and version has its own series, up to so many; those that come later are `other` together. */
const pairsCounted = 200
/** Seconds; from a small model on ONNX Runtime to a request that waited as long as it may. */
const buckets = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30]

/** Counts and times predictions in all protocols, by model and version. */
export default fp(
  async (app) => {
    const registers = [app.metrics]
    const labelNames = ['model', 'version'] as const
    const requests = new Counter({
      name: 'flywheel_predict_requests_total',
      help: 'Requests for predictions by HTTP status and reason: ok, or the error’s code',
      labelNames: [...labelNames, 'code', 'reason'],
      registers,
    })
    const seconds = (name: string, help: string) =>
      new Histogram({ name, help, labelNames, registers, buckets })
    const queueTime = seconds(
      'flywheel_predict_queue_seconds',
      'Time from a request’s arrival in the predictor to its batch',
    )
    const computeTime = seconds('flywheel_predict_compute_seconds', 'Time that a request’s batch took')
    const batchRows = new Histogram({
      name: 'flywheel_predict_batch_rows',
      help: 'Rows of a request’s batch: those that were computed together',
      labelNames,
      registers,
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048],
    })

    const known = new Map<string, ReturnType<typeof seriesOf>>()
    const seriesOf = (labels: { model: string; version: string }) => ({
      labels,
      queueTime: queueTime.labels(labels),
      computeTime: computeTime.labels(labels),
      batchRows: batchRows.labels(labels),
      /** By status and reason. */
      counters: new Map<string, ReturnType<typeof requests.labels>>(),
    })
    const others = seriesOf({ model: 'other', version: 'other' })
    function seriesFor({ model, version }: Counted) {
      const key = `${model}/${version}`
      const found = known.get(key)
      if (found) return found
      if (known.size >= pairsCounted) return others
      const made = seriesOf({ model, version: String(version) })
      known.set(key, made)
      return made
    }

    app.decorate('predictionMetrics', {
      labelsOf: (counted) => seriesFor(counted).labels,
      observe(counted, { queueMs, computeMs, batchRows }) {
        const series = seriesFor(counted)
        series.queueTime.observe(queueMs / 1_000)
        series.computeTime.observe(computeMs / 1_000)
        series.batchRows.observe(batchRows)
      },
    })
    app.decorateRequest('prediction', null)
    app.addHook('onResponse', ({ prediction, failureCode }, { statusCode }, done) => {
      if (prediction === null) return done()
      const { labels, counters } = prediction === 'unknown' ? others : seriesFor(prediction)
      const reason = failureCode ?? 'ok'
      const key = `${statusCode} ${reason}`
      const known = counters.get(key)
      const counter = known ?? requests.labels({ ...labels, code: String(statusCode), reason })
      if (known === undefined) counters.set(key, counter)
      counter.inc()
      done()
    })
  },
  { name: 'prediction-metrics', dependencies: ['metrics', 'errors'] },
)
