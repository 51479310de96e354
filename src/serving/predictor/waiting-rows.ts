import type { AnswerTimes } from '../messages.js'
import { type RowBatch, sliceRows } from '../row-batch.js'
import { BatchedAnswer, type RunAnswer } from './batched-answer.js'
import type { PredictRequest } from './request.js'
import type { AnsweredRows } from './served-model.js'

/** The next rows of a request, as one run takes them. */
export interface Part {
  readonly waiting: WaitingRows
  readonly batch: RowBatch
  /** Of the request. */
  readonly firstRow: number
}

/** A request in a batcher: its rows are answered by one run, or by several, one part after the other. */
export class WaitingRows {
  readonly request: PredictRequest
  readonly reject: (error: unknown) => void
  readonly #resolve: (answer: BatchedAnswer) => void
  readonly #runs: RunAnswer[] = []
  #answeredRows = 0
  #delayMs = 0
  #computeMs = 0
  #batchRows = 0
  #isOver = false

  constructor(
    request: PredictRequest,
    { resolve, reject }: { resolve: (answer: BatchedAnswer) => void; reject: (error: unknown) => void },
  ) {
    this.request = request
    this.#resolve = resolve
    this.reject = (error) => {
      this.#isOver = true
      reject(error)
    }
  }

  /** Whether it has its answer, or never gets one. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Rows that no run has answered yet. */
  get rows(): number {
    return this.request.rows.rows - this.#answeredRows
  }

  next(maxRows: number): Part {
    const firstRow = this.#answeredRows
    const end = firstRow + Math.min(maxRows, this.rows)
    return { waiting: this, batch: sliceRows(this.request.rows, firstRow, end), firstRow }
  }

  /**
   * Takes a run's answer to the part that was next.
   *
   * @param run.start where the part's rows begin in the run
   */
  take(answered: AnsweredRows, run: { start: number; rows: number } & Omit<AnswerTimes, 'queueMs'>): void {
    const { start, rows } = run
    const part = { answered, start, end: start + rows, firstRow: this.#answeredRows }
    try {
      answered.check(part)
    } catch (error) {
      this.reject(error)
      return
    }
    this.#runs.push(part)
    this.#answeredRows += rows
    this.#delayMs += run.delayMs
    this.#computeMs += run.computeMs
    this.#batchRows = Math.max(this.#batchRows, run.batchRows)
    if (this.request.isCancelled || this.rows > 0) return
    this.#isOver = true
    this.#resolve(new BatchedAnswer(this.#runs, this.#times()))
  }

  #times(): AnswerTimes {
    const queueMs = performance.now() - this.request.arrivedAt - this.#computeMs
    return {
      queueMs,
      delayMs: Math.min(this.#delayMs, queueMs),
      computeMs: this.#computeMs,
      batchRows: this.#batchRows,
    }
  }
}
