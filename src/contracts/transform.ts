import type { TSchema } from 'typebox'
import type { Column, Doubles, NumericColumn } from './table.js'

/** What a transform may know of the training rows beside its columns. */
export interface FitContext {
  /** [rows]: class indices, or values in the network's scale; of other forms as the task's `encode` gives them. */
  readonly targets: Float64Array
  /** Classes; 0 for a regression. */
  readonly classes: number
  readonly seed: number
}

/** What a transform may know beside its columns where it makes the training rows' own values. */
export interface TrainingContext extends FitContext {
  /** [rows]: the training row that each row is, by its number; copies of a row share it. */
  readonly rows: Int32Array
}

export interface TransformWarning {
  readonly code: string
  readonly detail: string
  readonly remedy: string
}

/**
 * One preprocessing step: fitted once on the training rows, then applied identically in training and serving.
 *
 * `fit` sees the training part alone and returns a state that survives `JSON.stringify`.
 * `apply` is pure: the same columns, state and options give the same output for one row as for many,
 * and it never changes its input. Values that `fit` has not seen (an unknown category, a missing value)
 * go a way that the transform's summary names.
 *
 * A step that treats each column for itself, in about the time that copying it takes, says what becomes of one column in
 * `applyColumn`: training then makes the values whenever they are read, in place of storing them.
 */
export interface Transform<Options = unknown, State = unknown, Taken extends Column = Column> {
  /** As in the catalogue, and the file's name. */
  readonly name: string
  readonly summary: string
  /** JSON Schema of the options, every property with a default and a description. */
  readonly options: TSchema
  /** The kind of columns that it takes; `any`: numbers and texts; `every`: all kinds. */
  readonly accepts: Column['kind'] | 'any' | 'every'
  fit(columns: readonly Taken[], options: Options, context: FitContext): State | Promise<State>
  /** @param doubles memory for the numbers that it makes: they are looked at before the same memory is given again */
  apply(
    columns: readonly Taken[],
    state: State,
    options: Options,
    doubles?: Doubles,
  ): readonly Column[] | Promise<readonly Column[]>
  /**
   * What `apply` makes of one of its columns, where that is numbers. Absent where a step looks at several columns, takes
   * its time, or gives the training rows values of their own.
   */
  applyColumn?(column: NumericColumn, given: AppliedColumn<Options, State>): readonly NumericColumn[]
  /**
   * What `apply` makes of each number of a column, by the column's place, where it makes one column of the same name of it,
   * and looks at nothing else; null where it does not. Absent where it never does.
   */
  numberMap?(column: number, state: State, options: Options): NumberMap | null
  /**
   * What the training rows themselves become, where their own targets would show through `apply`: encodings that
   * are fitted on other folds. Copies of a row get the same values. Absent where it is the same.
   */
  applyToTraining?(
    columns: readonly Taken[],
    options: Options,
    context: TrainingContext,
  ): readonly Column[] | Promise<readonly Column[]>
  /**
   * Which rows later steps and the network learn from: numbers of the given rows, some left out, some repeated. It
   * concerns the training rows alone: validation, test and served rows go through `apply`, which then gives the
   * columns as they came. Absent where a step changes no rows.
   */
  trainingRows?(columns: readonly Taken[], state: State, options: Options, context: FitContext): Int32Array
  /**
   * [rows that `trainingRows` gives]: what each of them counts in the training loss, 1 on average; null where all
   * count alike. Copies of a row count the same. Absent where a step weighs no rows.
   */
  trainingWeights?(
    columns: readonly Taken[],
    state: State,
    options: Options,
    context: FitContext,
  ): Float64Array | null
  /** Whether it looks at the targets, with these options; absent where it never does. */
  needsTargets?(options: Options): boolean
  /** What the job's report should tell of a fit, such as values that could not be read. */
  warnings?(columns: readonly string[], state: State): readonly TransformWarning[]
}

export interface AppliedColumn<Options, State> {
  /** The column's place among those that the step was fitted on. */
  readonly at: number
  readonly state: State
  readonly options: Options
  /** As for `apply`. */
  readonly doubles: Doubles
}

/** From one number, NaN where it is missing, to another one: a pure function, or a line. */
export type NumberMap = ((value: number) => number) | LinearMap

/** `(value − subtract) / divideBy`. */
export interface LinearMap {
  readonly subtract: number
  readonly divideBy: number
}

/** A step of a saved chain: not fitted, with every option. */
export interface ChainStep {
  readonly name: string
  /** Names or patterns. */
  readonly columns: string | readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** A step of a model's preprocessing as it is stored with the model. */
export interface FittedTransform {
  readonly name: string
  /** The input columns by name, in order; columns that earlier steps made count too. */
  readonly columns: readonly string[]
  readonly options: unknown
  readonly state: unknown
}

/** A value that a transform can not take, a damaged image for one; whoever applies the chain knows the row's name. */
export class UnusableValue extends Error {
  /** Of the columns that were given. */
  readonly row: number
  readonly column: string
  readonly expected: string
  readonly received: string

  constructor({
    row,
    column,
    expected,
    received,
    cause,
  }: Pick<UnusableValue, 'row' | 'column' | 'expected' | 'received'> & { cause?: unknown }) {
    super(`${column}: expected ${expected}, received ${received}`, { cause })
    this.row = row
    this.column = column
    this.expected = expected
    this.received = received
  }
}
