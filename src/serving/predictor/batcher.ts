import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Answer } from '../messages.js'
import type { RowBatch } from '../row-batch.js'
import type { ServedModel } from './served-model.js'

interface Queued {
  readonly rows: RowBatch
  readonly arrivedAt: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Bounds the memory of one run; a single larger request still runs whole. */
const maxBatchRows = 2_048

/**
 * Micro-batching without a delay: each run takes what has queued while the last one ran.
 * An idle batcher waits one turn of the event loop, in which everything that has arrived is read.
 */
export class Batcher {
  readonly #model: ServedModel
  #queue: Queued[] = []
  #isRunning = false

  constructor(model: ServedModel) {
    this.#model = model
  }

  get isIdle(): boolean {
    return !this.#isRunning
  }

  add(rows: RowBatch): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, arrivedAt: performance.now(), resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#queue.length > 0) {
      await nextTurn()
      await this.#answer(this.#take())
    }
    this.#isRunning = false
  }

  #take(): readonly Queued[] {
    let rows = 0
    const end = this.#queue.findIndex((request, index) => {
      rows += request.rows.rows
      return index > 0 && rows > maxBatchRows
    })
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end)
  }

  async #answer(requests: readonly Queued[]): Promise<void> {
    const startedAt = performance.now()
    try {
      const lines = await this.#model.answer(requests.map((request) => request.rows))
      const computeMs = performance.now() - startedAt
      let start = 0
      for (const { rows, arrivedAt, resolve } of requests) {
        const own = lines.slice(start, start + rows.rows)
        resolve({ lines: own, queueMs: startedAt - arrivedAt, computeMs, batchRows: lines.length })
        start += rows.rows
      }
    } catch (error) {
      // One request's rows must not spoil the answers of those beside it.
      if (requests.length === 1) requests[0]?.reject(error)
      else for (const request of requests) await this.#answer([request])
    }
  }
}
