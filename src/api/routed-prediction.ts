import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkAnswerSize } from '../serving/answer-size.js'
import type { CancelSignal, RequestTerms } from '../serving/client/request-table.js'
import type { Deployed, Route, VersionReference } from '../serving/deployments.js'
import type { Answer, AnswerTimes, NumericAnswer } from '../serving/messages.js'
import type { RowBatch } from '../serving/row-batch.js'

/** A request for predictions, in whatever protocol. */
export interface Asked {
  readonly reference: VersionReference
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * Finds the version that answers a request, and names it in the answer's headers `x-model-version` and
 * `x-model-sha256`, which all protocols have.
 *
 * @throws FlywheelError not-found, model-unloaded, signature-invalid, artifact-damaged
 */
export async function routePrediction(
  app: FastifyInstance,
  { reference, request, reply }: Asked,
): Promise<Route> {
  request.prediction = 'unknown'
  const route = await app.deployments.route(reference, (name) => request.headers[name]?.toString())
  const { deployed } = route
  request.prediction = deployed
  reply.header('x-model-version', String(deployed.version)).header('x-model-sha256', deployed.sha256)
  return route
}

/** Rows of a request, for the version that answers it. */
interface Computed {
  readonly deployed: Deployed
  readonly rows: RowBatch
  readonly asked: Asked
  /** After which the request is not worth an answer any more. */
  readonly timeoutMs?: number | undefined
}

/**
 * Lets the predictor answer the rows of a request.
 *
 * @throws FlywheelError predictor-unavailable, overloaded, deadline-exceeded, request-cancelled (the client has closed
 *   the connection), instances-invalid, artifact-damaged, body-too-large
 */
export function computePrediction(app: FastifyInstance, computed: Computed): Promise<Answer> {
  return counted(app, computed, (terms) =>
    app.predictors.predict(computed.deployed.sha256, computed.rows, terms),
  )
}

/** As {@link computePrediction}, in numbers. */
export function computeNumbers(app: FastifyInstance, computed: Computed): Promise<NumericAnswer> {
  return counted(app, computed, (terms) =>
    app.predictors.predictNumbers(computed.deployed.sha256, computed.rows, terms),
  )
}

async function counted<Result extends { times: AnswerTimes }>(
  app: FastifyInstance,
  { deployed, rows, asked, timeoutMs }: Computed,
  ask: (terms: RequestTerms) => Promise<Result>,
): Promise<Result> {
  const { request, reply } = asked
  const { model, version, serving } = deployed
  checkAnswerSize(deployed, rows.rows)
  const inputMs = reply.elapsedTime
  let answer: Result
  try {
    answer = await ask({
      requestId: request.id,
      latencyTargetMs: serving?.latencyTargetMs ?? null,
      maxBatchRows: serving?.maxBatchRows,
      signal: new Disconnection(reply),
      timeoutMs,
    })
  } catch (error) {
    app.inferenceStatistics.failed(deployed, reply.elapsedTime)
    throw error
  }
  app.predictionMetrics.observe(deployed, answer.times)
  const { queueMs, computeMs, batchRows } = answer.times
  const totalMs = reply.elapsedTime
  app.inferenceStatistics.succeeded(deployed, {
    rows: rows.rows,
    batchRows,
    inputMs,
    queueMs,
    computeMs,
    totalMs,
  })
  request.log.debug({ model, version, rows: rows.rows, queueMs, computeMs, batchRows }, 'predicted')
  return answer
}

/** Aborts when the connection closes before the answer is written. */
class Disconnection implements CancelSignal {
  readonly #raw: FastifyReply['raw']
  #listener: (() => void) | null = null

  constructor({ raw }: FastifyReply) {
    this.#raw = raw
    if (!raw.destroyed) raw.once('close', () => this.aborted && this.#listener?.())
  }

  get aborted(): boolean {
    return this.#raw.destroyed && !this.#raw.writableFinished
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = null
  }
}
