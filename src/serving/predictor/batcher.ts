import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { BatchTuner } from './batch-tuner.js'
import type { BatchedAnswer } from './batched-answer.js'
import type { PredictRequest } from './request.js'
import type { ServedModel } from './served-model.js'
import { type Part, WaitingRows } from './waiting-rows.js'

/**
 * Micro-batching of one version's requests. Each run takes what has queued while the last one ran; with a latency
 * target it takes no more than fits into that, and waits for more where that pays. An idle batcher waits one turn of
 * the event loop, in which everything that has arrived is read. A request with more rows than a run shall take has them
 * answered in parts: after each it goes behind those that came meanwhile, or nowhere where nobody waits for it any more.
 */
export class Batcher {
  readonly #model: ServedModel
  readonly #tuner = new BatchTuner()
  /** In the order in which they came. No `Set`, for the reason that `IdTable` gives. */
  readonly #queue: WaitingRows[] = []
  #runningSince: number | null = null
  #isWorking = false

  constructor(model: ServedModel) {
    this.#model = model
  }

  /** When the run that is underway began; null between runs. */
  get runningSince(): number | null {
    return this.#runningSince
  }

  /** @throws FlywheelError (in the promise) deadline-exceeded, request-cancelled, or what the version throws */
  add(request: PredictRequest): Promise<BatchedAnswer> {
    this.#tuner.arrived(performance.now())
    return new Promise((resolve, reject) => {
      this.#enqueue(new WaitingRows(request, { resolve, reject }))
      if (!this.#isWorking) void this.#work()
    })
  }

  #enqueue(waiting: WaitingRows): void {
    this.#queue.push(waiting)
    waiting.request.waitsIn((error) => {
      this.#queue.splice(this.#queue.indexOf(waiting), 1)
      waiting.reject(error)
    })
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#queue.length > 0) {
      await nextTurn()
      const delayMs = await this.#gather()
      const parts = this.#take()
      await this.#run(parts, delayMs)
      for (const { waiting } of parts) if (!waiting.isOver) this.#enqueue(waiting)
    }
    this.#isWorking = false
  }

  /** Waits for more requests where a target allows it. @returns milliseconds that this took */
  async #gather(): Promise<number> {
    const started = performance.now()
    const before = this.#queue.length
    let isWaiting = false
    for (;;) {
      const [oldest] = this.#queue
      if (oldest === undefined) break
      const { latencyTargetMs, arrivedAt: oldestAt, maxBatchRows } = oldest.request
      if (this.#rows() >= maxBatchRows) break
      const delayMs = this.#tuner.delayMs(latencyTargetMs, {
        rows: this.#rows(),
        oldestAt,
        now: performance.now(),
      })
      if (delayMs === 0) break
      isWaiting = true
      await sleep(delayMs)
    }
    if (!isWaiting) return 0
    this.#tuner.waited(this.#queue.length - before)
    return performance.now() - started
  }

  #rows(): number {
    let rows = 0
    for (const waiting of this.#queue) rows += waiting.rows
    return rows
  }

  #take(): readonly Part[] {
    const now = performance.now()
    const taken: Part[] = []
    let rows = 0
    let maxRows: number | null = null
    let seen = 0
    for (const waiting of this.#queue) {
      const { request, reject } = waiting
      const expiry = request.expiry(now)
      if (expiry === null) {
        maxRows ??= Math.min(this.#tuner.maxRows(request.latencyTargetMs), request.maxBatchRows)
        rows += waiting.rows
        if (taken.length > 0 && rows > maxRows) break
        taken.push(waiting.next(this.#tuner.maxPartRows(request.latencyTargetMs)))
      } else {
        reject(expiry)
      }
      seen += 1
      request.waitsIn(reject)
    }
    this.#queue.splice(0, seen)
    return taken
  }

  async #run(parts: readonly Part[], delayMs: number): Promise<void> {
    const [first] = parts
    if (first === undefined) return
    const startedAt = performance.now()
    this.#runningSince = startedAt
    try {
      const batches = parts.map(({ batch }) => batch)
      const answered = await this.#model.answer(batches, first.firstRow)
      const { rows: batchRows } = answered
      const computeMs = performance.now() - startedAt
      this.#tuner.ran({ rows: batchRows, computeMs })
      let start = 0
      for (const { waiting, batch } of parts) {
        waiting.take(answered, { start, rows: batch.rows, delayMs, computeMs, batchRows })
        start += batch.rows
      }
    } catch (error) {
      if (parts.length === 1) first.waiting.reject(error)
      else await this.#runHalves(parts, delayMs)
    } finally {
      this.#runningSince = null
    }
  }

  /** One request's rows must not spoil the answers of those beside it: halves tell soon which it is. */
  async #runHalves(parts: readonly Part[], delayMs: number): Promise<void> {
    const middle = Math.ceil(parts.length / 2)
    for (const half of [parts.slice(0, middle), parts.slice(middle)]) {
      await this.#run(
        half.filter(({ waiting }) => !waiting.isOver),
        delayMs,
      )
    }
  }
}
