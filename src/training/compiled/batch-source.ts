import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import type { Argument, Variable } from '../../tensorflow/graph/loop.js'
import type { Fed } from '../../tensorflow/graph/session.js'
import type { SoftTargets } from '../distillation.js'

/** The rows of one step, as outputs of the loop's body. */
export interface BatchOutputs {
  readonly x: Output
  readonly y: Output
  readonly weights: Output | null
  readonly soft: Output | null
}

/** Sizes of a loop's calls. */
export interface BlockSize {
  /** Most steps of a call. */
  readonly steps: number
  /** Rows of a step. */
  readonly batch: number
}

/** How rows get into the loop: from variables of the session, or with each call. */
export interface BatchSource {
  readonly variables: readonly (Variable & { readonly values: Float32Array | Int32Array })[]
  /** Numbers that are fed for each row of a step. */
  readonly elementsPerRow: number
  /** Numbers of a row's `soft`; 0 without. */
  readonly softWidth: number
  /** What is fed with each call and goes through the loop. */
  state(size: BlockSize): readonly Argument[]
  /** Reads the rows of `step` within the loop's body. */
  read(body: GraphBuilder, step: Output): BatchOutputs
  /** Values for `state`. */
  feed(batches: readonly Int32Array[], size: BlockSize): Fed[]
  /** Makes the values for the next `feed` of the same batches. Absent where that takes no time. */
  prepare?(batches: readonly Int32Array[], size: BlockSize): void
  /** What is fed for rows that are evaluated. */
  readonly evaluation: readonly Argument[]
  readRows(graph: GraphBuilder): { readonly x: Output; readonly y: Output }
  feedRows(rows: Int32Array): Fed[]
  /** Frees what is fed; absent where it is nobody's. */
  dispose?(): void
}

/** The rows themselves. */
export interface Rows {
  /** [rows, ...inputShape] */
  readonly features: Float32Array
  readonly inputShape: readonly number[]
  /** [rows]: int32 class indices, or float32 values */
  readonly targets: Float32Array | Int32Array
  readonly rowWeights: Float32Array | null
  /** [rows, width] */
  readonly soft: Pick<SoftTargets, 'values' | 'width'> | null
}
