import type { ExecutorChoice } from '../messages.js'
import type { RowBatch } from '../row-batch.js'

/** A version in the predictor's memory: transforms, network and decoding in one. */
export interface ServedModel {
  readonly executor: ExecutorChoice
  /**
   * Answers all rows of the batches, in their order.
   *
   * @returns one JSON object as text for each row
   */
  answer(batches: readonly RowBatch[]): Promise<readonly string[]>
  /** Frees its memory; nothing is asked of it afterwards. */
  dispose(): void
}
