import { FlywheelError } from '../../contracts/errors.js'
import type { PredictTerms } from '../messages.js'
import type { RowBatch } from '../row-batch.js'

/** Rows that wait in a predictor for their answer. */
export class PredictRequest {
  readonly arrivedAt = performance.now()
  readonly latencyTargetMs: number | null
  /** Rows that are computed together with its own at most. */
  readonly maxBatchRows: number
  readonly #deadline: number
  readonly #timeoutMs: number
  #rows: RowBatch | null
  #onCancel: (error: FlywheelError) => void = () => {}

  constructor(
    rows: RowBatch,
    {
      latencyTargetMs = null,
      timeoutMs = Number.POSITIVE_INFINITY,
      maxBatchRows = Number.POSITIVE_INFINITY,
    }: PredictTerms,
  ) {
    this.#rows = rows
    this.latencyTargetMs = latencyTargetMs
    this.maxBatchRows = maxBatchRows
    this.#timeoutMs = timeoutMs
    this.#deadline = this.arrivedAt + timeoutMs
  }

  get isCancelled(): boolean {
    return this.#rows === null
  }

  /** @throws FlywheelError request-cancelled */
  get rows(): RowBatch {
    if (this.#rows === null) throw cancelled()
    return this.#rows
  }

  /** Nobody waits for it any more: its rows leave the memory at once. */
  cancel(): void {
    if (this.isCancelled) return
    this.#rows = null
    this.#onCancel(cancelled())
  }

  /** @param onCancel takes it out of where it waits, and tells the error to whoever asked there */
  waitsIn(onCancel: (error: FlywheelError) => void): void {
    this.#onCancel = onCancel
    if (this.isCancelled) onCancel(cancelled())
  }

  /** Why it is not worth computing any more; null while it is. */
  expiry(now: number): FlywheelError | null {
    return now <= this.#deadline ? null : deadlineExceeded(this.#timeoutMs)
  }
}

const deadlineExceeded = (timeoutMs: number): FlywheelError =>
  new FlywheelError('deadline-exceeded', `The ${timeoutMs} ms of the request were over before its turn came`)

const cancelled = (): FlywheelError =>
  new FlywheelError('request-cancelled', 'Nobody waits for the answer any more')
