import type { TSchema } from 'typebox'
import type { Column } from './table.js'

/** What a transform may know of the training rows beside its columns. */
export interface FitContext {
  /** [rows]: class indices, or values in the network's scale. */
  readonly targets: Float64Array
  /** Classes; 0 for a regression. */
  readonly classes: number
  readonly seed: number
}

/**
 * One preprocessing step: fitted once on the training rows, then applied identically in training and serving.
 *
 * `fit` sees the training part alone and returns a state that survives `JSON.stringify`.
 * `apply` is pure: the same columns, state and options give the same output for one row as for many,
 * and it never changes its input. Values that `fit` has not seen (an unknown category, a missing value)
 * go a way that the transform's summary names.
 */
export interface Transform<Options = unknown, State = unknown, Taken extends Column = Column> {
  /** As in the catalogue, and the file's name. */
  readonly name: string
  readonly summary: string
  /** JSON Schema of the options, every property with a default and a description. */
  readonly options: TSchema
  /** The kind of columns that it takes; `any`: numbers and texts. */
  readonly accepts: Column['kind'] | 'any'
  fit(columns: readonly Taken[], options: Options, context: FitContext): State | Promise<State>
  apply(
    columns: readonly Taken[],
    state: State,
    options: Options,
  ): readonly Column[] | Promise<readonly Column[]>
  /**
   * What the training rows themselves become, where their own targets would show through `apply`: encodings that
   * are fitted on other folds. Absent where it is the same.
   */
  applyToTraining?(
    columns: readonly Taken[],
    options: Options,
    context: FitContext,
  ): readonly Column[] | Promise<readonly Column[]>
}

/** A step of a model's preprocessing as it is stored with the model. */
export interface FittedTransform {
  readonly name: string
  /** The input columns by name, in order; columns that earlier steps made count too. */
  readonly columns: readonly string[]
  readonly options: unknown
  readonly state: unknown
}
