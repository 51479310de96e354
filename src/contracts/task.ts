import type { DatasetColumn } from './dataset.js'
import type { ScalarColumn } from './table.js'

/** A label as it stands in the data: text stays text, numbers stay numbers, booleans booleans. */
export type Label = string | number | boolean

/** What the end of a network looks like for a task, and what its training minimises. */
export interface Head {
  readonly units: number
  readonly activation: 'softmax' | 'linear'
  readonly loss: 'categorical-crossentropy' | 'mean-squared-error'
  /** Logits are divided by it before a softmax when a version answers, not when it learns; absent: 1. */
  readonly temperature?: number
  /** Applied to the activated output before `decode`: value × multiply + add (a standardised regression target). */
  readonly scale?: { readonly multiply: number; readonly add: number }
}

/** Targets and outputs of the same rows, for evaluation. */
export interface Scored {
  /** [rows]: class indices for classification, values in the target's own unit for regression. */
  readonly yTrue: Float64Array
  /** [rows, units], row-major: probabilities for classification, values in the target's own unit for regression. */
  readonly outputs: Float64Array
}

/** A metric's value, or null and why it is undefined (a class without rows). Never 0 for undefined. */
export type MetricValue = number | null

export type Prediction =
  | { readonly label: Label; readonly probabilities: Readonly<Record<string, number>> }
  | { readonly value: number }

/**
 * A task: from target column to numbers, from outputs back to answers, and what counts as good.
 * Scoring is done above it, by `src/evaluation/evaluate.ts`, from `kind` and `metrics`.
 * `State` (label map, target scale) survives `JSON.stringify` and is stored with the model.
 */
export interface Task<State = unknown> {
  readonly name: string
  readonly summary: string
  readonly kind: 'classification' | 'regression'
  /** Names of the headline metrics (files of `src/evaluation/metrics/`), the first decides comparisons ("better"). */
  readonly metrics: readonly string[]
  /** The family that a job gets which names none. */
  readonly family: string
  /** Why this task can't learn the target, or null. */
  refuses(target: DatasetColumn): string | null
  /** Learns label map or target scale; `all` holds every row's target, `trainingRows` those that may be learnt from. */
  fit(options: {
    column: DatasetColumn
    all: ScalarColumn
    trainingRows: Int32Array
    /** Whether labels that differ only in case, outer spaces or a final full stop are one class; they are by default. */
    mergeLabels?: boolean
  }): State
  /** [rows]: class index, or the value in the network's scale; NaN where the target is missing or no class. */
  encode(target: ScalarColumn, state: State): Float64Array
  head(state: State): Head
  /** The classes in output order; empty for regression. */
  classes(state: State): readonly Label[]
  /** One answer per row, from outputs [rows, units] after activation and scale. */
  decode(outputs: Float64Array, state: State): readonly Prediction[]
}
