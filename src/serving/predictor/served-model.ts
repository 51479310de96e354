import type { ExecutorChoice, RowOutputs } from '../messages.js'
import type { RowBatch } from '../row-batch.js'

/** A version in the predictor's memory: transforms, network and decoding in one. */
export interface ServedModel {
  readonly executor: ExecutorChoice
  /**
   * Answers all rows of the batches, in their order.
   *
   * @param firstRow of its request, where the batches begin: complaints name rows by their place in the request
   */
  answer(batches: readonly RowBatch[], firstRow?: number): Promise<AnsweredRows>
  /** Frees its memory; nothing is asked of it afterwards. */
  dispose(): void
}

/** What a version has answered, in the form that each request wants. */
export interface AnsweredRows {
  readonly rows: number
  /**
   * Looks at some rows' answers, before anybody takes them.
   *
   * @throws FlywheelError instances-invalid for a row that has no finite answer
   */
  check(part: AnsweredPart): void
  /** From row `start` to before `end`: a JSON object as text for each. */
  lines(start: number, end: number): readonly string[]
  outputs(start: number, end: number): RowOutputs
}

/** Rows of one run that belong to one request. */
export interface AnsweredPart {
  /** Of the run. */
  readonly start: number
  /** Behind the last one. */
  readonly end: number
  /** Of the request, at `start`. */
  readonly firstRow: number
}
