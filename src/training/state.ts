import { type Divergence, diverged } from './divergence.js'
import type { StepRequest, StepResults } from './step-runner.js'

/**
 * One epoch's numbers, named as in Keras: loss, accuracy, val_loss, val_accuracy, mse, mae …
 * Errors of a regression are in the network's scale, where its target may be standardised.
 */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number
  readonly [metric: string]: number
}

/** Where a training stands. It survives JSON, so that a checkpoint can hold it. */
export interface TrainingState {
  /** Steps done. */
  step: number
  /** Epochs done. */
  epoch: number
  /** Batches of the current epoch done. */
  batch: number
  /** Sums over the rows of the current epoch so far. */
  sums: { rows: number; loss: number; metrics: number[] }
  readonly history: EpochMetrics[]
  /** Seconds of training, those before a restart included. */
  elapsedSeconds: number
  /** Where the first attempt diverged; this one runs at a lower learning rate. */
  retried: Divergence | null
  /** Why training ends before its last epoch. */
  stopped: 'early-stopping' | null
}

export function newState(metrics: number): TrainingState {
  return {
    step: 0,
    epoch: 0,
    batch: 0,
    sums: emptySums(metrics),
    history: [],
    elapsedSeconds: 0,
    retried: null,
    stopped: null,
  }
}

export const emptySums = (metrics: number): TrainingState['sums'] => ({
  rows: 0,
  loss: 0,
  metrics: new Array<number>(metrics).fill(0),
})

/**
 * Adds the results of a call to the state.
 *
 * @throws FlywheelError training-diverged when a loss is not finite
 */
export function account(
  state: TrainingState,
  results: StepResults,
  { batches, learningRates }: Pick<StepRequest, 'batches' | 'learningRates'>,
): void {
  batches.forEach((batch, i) => {
    const loss = results.losses[i] as number
    if (!Number.isFinite(loss)) {
      throw diverged(state, { value: loss, learningRate: learningRates[i] as number })
    }
    state.sums.loss += loss * batch.length
    state.sums.rows += batch.length
    state.step++
    state.batch++
  })
  results.metricSums.forEach((sum, i) => {
    state.sums.metrics[i] = (state.sums.metrics[i] as number) + sum
  })
}

/** Means over the rows of the current epoch so far. */
export function means(state: TrainingState, metrics: readonly string[]): Record<string, number> {
  const { rows, loss, metrics: sums } = state.sums
  if (rows === 0) return {}
  return Object.fromEntries([
    ['loss', loss / rows],
    ...metrics.map((name, i) => [name, (sums[i] as number) / rows]),
  ])
}
