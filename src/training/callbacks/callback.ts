import type { EpochMetrics, TrainingState } from '../state.js'
import type { StepRunner } from '../step-runner.js'

/** What a callback sees of a training. */
export interface TrainingView {
  readonly state: TrainingState
  readonly runner: StepRunner
  readonly stepsPerEpoch: number
  readonly epochs: number
}

/** An extra of the training loop. */
export interface Callback {
  /** After each call of the runner, at least a few times a second unless one step takes longer. */
  stepsDone?(view: TrainingView): void | Promise<void>
  /** After each epoch with its validation; the state stands at the start of the next epoch. */
  epochDone?(view: TrainingView, metrics: EpochMetrics): void | Promise<void>
}
