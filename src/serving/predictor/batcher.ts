import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { BatchTuner } from './batch-tuner.js'
import { BatchedAnswer } from './batched-answer.js'
import type { PredictRequest } from './request.js'
import type { ServedModel } from './served-model.js'

interface Queued {
  readonly request: PredictRequest
  readonly resolve: (answer: BatchedAnswer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Micro-batching of one version's requests. Each run takes what has queued while the last one ran; with a latency
 * target it takes no more than fits into that, and waits for more where that pays. An idle batcher waits one turn of
 * the event loop, in which everything that has arrived is read.
 */
export class Batcher {
  readonly #model: ServedModel
  readonly #tuner = new BatchTuner()
  /** In the order in which they came. No `Set`, for the reason that `IdTable` gives. */
  readonly #queue: Queued[] = []
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
      const queued = { request, resolve, reject }
      this.#queue.push(queued)
      request.waitsIn((error) => {
        this.#queue.splice(this.#queue.indexOf(queued), 1)
        reject(error)
      })
      if (!this.#isWorking) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#queue.length > 0) {
      await nextTurn()
      const delayMs = await this.#gather()
      const requests = this.#take()
      if (requests.length > 0) await this.#run(requests, delayMs)
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
    for (const { request } of this.#queue) rows += request.rows.rows
    return rows
  }

  #take(): readonly Queued[] {
    const now = performance.now()
    const taken: Queued[] = []
    let rows = 0
    let maxRows: number | null = null
    let seen = 0
    for (const queued of this.#queue) {
      const { request, reject } = queued
      const expiry = request.expiry(now)
      if (expiry === null) {
        maxRows ??= Math.min(this.#tuner.maxRows(request.latencyTargetMs), request.maxBatchRows)
        rows += request.rows.rows
        if (taken.length > 0 && rows > maxRows) break
        taken.push(queued)
      } else {
        reject(expiry)
      }
      seen += 1
      request.waitsIn(reject)
    }
    this.#queue.splice(0, seen)
    return taken
  }

  async #run(requests: readonly Queued[], delayMs: number): Promise<void> {
    const startedAt = performance.now()
    this.#runningSince = startedAt
    const batches = requests.map(({ request }) => request.rows)
    try {
      const answered = await this.#model.answer(batches)
      const { rows: batchRows } = answered
      const computeMs = performance.now() - startedAt
      this.#tuner.ran({ rows: batchRows, computeMs })
      let start = 0
      for (const [index, { request, resolve }] of requests.entries()) {
        const end = start + (batches[index]?.rows ?? 0)
        const queueMs = startedAt - request.arrivedAt
        const times = { queueMs, delayMs: Math.min(delayMs, queueMs), computeMs, batchRows }
        resolve(new BatchedAnswer(answered, { start, end, times }))
        start = end
      }
    } catch (error) {
      // One request's rows must not spoil the answers of those beside it.
      if (requests.length === 1) requests[0]?.reject(error)
      else for (const queued of requests) if (!queued.request.isCancelled) await this.#run([queued], delayMs)
    } finally {
      this.#runningSince = null
    }
  }
}
