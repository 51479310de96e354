import type { ExecutorChoice, RowOutputs } from '../messages.js'
import type { RowBatch } from '../row-batch.js'

/** A version in the predictor's memory: transforms, network and decoding in one. */
export interface ServedModel {
  readonly executor: ExecutorChoice
  /** Answers all rows of the batches, in their order. */
  answer(batches: readonly RowBatch[]): Promise<AnsweredRows>
  /** Frees its memory; nothing is asked of it afterwards. */
  dispose(): void
}

/** What a version has answered, in the form that each request wants. */
export interface AnsweredRows {
  readonly rows: number
  /** From row `start` to before `end`: a JSON object as text for each. */
  lines(start: number, end: number): readonly string[]
  outputs(start: number, end: number): RowOutputs
}
