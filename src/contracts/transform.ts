import type { TSchema } from 'typebox'
import type { Column } from './table.js'

/**
 * One preprocessing step: fitted once on the training rows, then applied identically in training and serving.
 *
 * `fit` sees the training part alone and returns a state that survives `JSON.stringify`.
 * `apply` is pure: the same columns, state and options give the same output for one row as for many,
 * and it never changes its input. Values that `fit` has not seen (an unknown category, a missing value)
 * go a way that the transform's summary names.
 */
export interface Transform<Options = unknown, State = unknown> {
  /** As in the catalogue, and the file's name. */
  readonly name: string
  readonly summary: string
  /** JSON Schema of the options, every property with a default and a description. */
  readonly options: TSchema
  readonly accepts: 'numeric' | 'text' | 'any'
  fit(columns: readonly Column[], options: Options): State
  apply(columns: readonly Column[], state: State, options: Options): readonly Column[]
}

/** A step of a model's preprocessing as it is stored with the model. */
export interface FittedTransform {
  readonly name: string
  /** The input columns by name, in order; columns that earlier steps made count too. */
  readonly columns: readonly string[]
  readonly options: unknown
  readonly state: unknown
}
