import type { DatasetColumn } from './dataset.js'
import type { Column, ScalarColumn } from './table.js'

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
  /**
   * [rows]: class indices for classification, values in the target's own unit for regression; of other forms
   * [rows, numbers of a target], row-major, as `encode` gives them.
   */
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
 * What tasks learn and answer, by which they differ more than by their name: one value for each row, boxes of an image,
 * a label for each step of a series. What works on one form alone (the trainer, a metric) names it, so that the
 * compiler keeps tasks of another form from it.
 */
export interface TaskForm {
  readonly kind: string
  /** What the target is read as: a text or a number, a block of numbers (boxes, steps, several values), files. */
  readonly target: Column
  /** What the end of a network looks like; several outputs stand side by side in its units. */
  readonly head: { readonly units: number }
  /** For one row. */
  readonly answer: unknown
}

/** One class or one number for each row. */
export interface SingleValue extends TaskForm {
  readonly kind: 'classification' | 'regression'
  readonly target: ScalarColumn
  readonly head: Head
  readonly answer: Prediction
}

/**
 * A task: from target column to numbers, from outputs back to answers, and what counts as good.
 * Scoring is done above it, by `src/evaluation/evaluate.ts`, from `kind` and `metrics`.
 * `State` (label map, target scale) survives `JSON.stringify` and is stored with the model.
 */
export interface Task<State = unknown, Form extends TaskForm = SingleValue> {
  readonly name: string
  readonly summary: string
  readonly kind: Form['kind']
  /** Names of the headline metrics (files of `src/evaluation/metrics/`), the first decides comparisons ("better"). */
  readonly metrics: readonly string[]
  /** The family that a job gets which names none. */
  readonly family: string
  /** Why this task can't learn the target, or null. */
  refuses(target: DatasetColumn): string | null
  /** Learns label map or target scale; `all` holds every row's target, `trainingRows` those that may be learnt from. */
  fit(options: {
    column: DatasetColumn
    all: Form['target']
    trainingRows: Int32Array
    /** Whether labels that differ only in case, outer spaces or a final full stop are one class; they are by default. */
    mergeLabels?: boolean
  }): State
  /**
   * [rows]: class index, or the value in the network's scale; NaN where the target is missing or no class. Of other
   * forms [rows, numbers of a target], row-major.
   */
  encode(target: Form['target'], state: State): Float64Array
  head(state: State): Form['head']
  /** The classes in output order; empty for regression. */
  classes(state: State): readonly Label[]
  /** One answer per row, from outputs [rows, units] after activation and scale. */
  decode(outputs: Float64Array, state: State): readonly Form['answer'][]
}
