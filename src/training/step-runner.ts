import type { Masks } from './pruning/pruner.js'
import type { NamedTensor } from './weights.js'

/**
 * What computes the steps: a loop compiled by XLA, the same loop as a graph of TensorFlow's kernels,
 * or one operation after the other.
 */
export type ExecutorName = 'xla' | 'graph' | 'eager'

/** What computed the steps before, and why that. */
export interface ChosenExecutor {
  readonly name: ExecutorName
  readonly reason: string
}

/** The steps of one call; a step is one update of the weights. */
export interface StepRequest {
  /** Row numbers of each step, in order: a batch, or the batches whose gradients are accumulated. */
  readonly batches: readonly Int32Array[]
  /** Number of the first step, from 0, since the optimizer's slots were zero. */
  readonly firstStep: number
  /** One for each step. */
  readonly learningRates: readonly number[]
}

/** What came of each step. */
export interface StepResults {
  /** Mean loss of each step's rows, with penalties. */
  readonly losses: Float64Array
  /** Sums over all rows of the call, in the order of `metrics`. */
  readonly metricSums: Float64Array
}

/** What came of rows that were not learnt from: a loss (a sum over rows, without penalties) and metric sums. */
export interface RowResults {
  readonly lossSum: number
  readonly metricSums: Float64Array
}

/** Everything that a training can be resumed from, apart from where it stands. */
export interface ModelState {
  readonly weights: readonly NamedTensor[]
  /** The optimizer's slots of each trainable weight. */
  readonly slots: readonly NamedTensor[]
}

/** What a runner is given in place of what it has. */
export interface WrittenState extends Partial<ModelState> {
  /** What may change of the weights from now on; of a network that is pruned alone. */
  readonly masks?: Masks
}

/**
 * The seam between the training loop and what computes: one call runs k steps.
 * Results do not depend on how steps are grouped into calls.
 */
export interface StepRunner {
  /** Names of what `metricSums` holds. */
  readonly metrics: readonly string[]
  /** What computes the next steps. */
  readonly executor: ExecutorName
  /** Why that one, in words. */
  readonly executorReason: string
  /** Seconds in which the step was recorded and compiled so far. */
  readonly compileSeconds: number
  /** Milliseconds in which steps were computed so far; the network waits in between. */
  readonly computeMs: number
  /** Most steps of one call. */
  readonly maxSteps: number
  /** Whether each of the model's weights is learnt. */
  readonly isTrainable: readonly boolean[]
  run(request: StepRequest): Promise<StepResults>
  /** Gathers the next call's rows while a call is running. `run` gathers what it was not told of before. */
  prepare?(batches: readonly Int32Array[]): void
  evaluate(rows: Int32Array): Promise<RowResults>
  /** The model's penalties (L2), which Keras adds to the validation loss too. */
  penalty(): number
  read(): ModelState
  write(state: WrittenState): void
  dispose(): void
}
