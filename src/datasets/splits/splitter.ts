import { FlywheelError, shown } from '../../contracts/errors.js'
import type { SplitRule } from '../../contracts/split.js'
import type { ScalarColumn, Table } from '../../contracts/table.js'

export interface SplitterOptions {
  readonly by: SplitRule['by']
  /** Whose content tells rows apart: features and target. */
  readonly content: Table
  /** What group, time and column go by; null where the split has none. */
  readonly column: ScalarColumn | null
  /** [rows]: class index, or 0 for every row where there are no classes; NaN for rows that can't be used. */
  readonly strata: Float64Array
}

export interface Chance {
  /** Of the rows, in [0, 1). */
  readonly share: number
  readonly seed: number
}

export interface Parted {
  /** In the order of the rows that they were taken from. */
  readonly taken: Int32Array
  readonly others: Int32Array
}

/** The rows at the places for which the test holds, and the others. */
export function partedBy(rows: Int32Array, isTaken: (at: number) => boolean): Parted {
  let count = 0
  for (let at = 0; at < rows.length; at++) if (isTaken(at)) count++
  const [taken, others] = [new Int32Array(count), new Int32Array(rows.length - count)]
  let [nextTaken, nextOther] = [0, 0]
  for (let at = 0; at < rows.length; at++) {
    if (isTaken(at)) taken[nextTaken++] = rows[at] as number
    else others[nextOther++] = rows[at] as number
  }
  return { taken, others }
}

/** One way of dealing rows out. What belongs together never stands in two parts. */
export interface Splitter {
  /** Whether a row may be judged only by what was learnt from earlier ones. */
  readonly isOrdered: boolean
  /** The rows to judge by, and what tells them from others in later tables. @throws FlywheelError specification-invalid */
  test(rows: Int32Array, chance: Chance): Parted & { readonly rule: SplitRule }
  /** The rows to choose the epoch by, of those that are left. @throws FlywheelError specification-invalid */
  validation(rows: Int32Array, chance: Chance): Parted
  /**
   * [rows]: the fold that each row is judged in; −1: in none.
   *
   * @param options.path of the number of folds in the request, for errors
   * @throws FlywheelError specification-invalid when there are too few rows, groups or times for so many folds
   */
  folds(rows: Int32Array, options: { folds: number; seed: number; path: string }): Int32Array
}

/** The path of a split's column in a training job. */
export const COLUMN_PATH = 'evaluation.split.column'
/** The path of the share of rows that are kept for validation. */
export const VALIDATION_PATH = 'training.validationSplit'

/** A field of the request that can't be with these rows. */
export function refused(path: string, expected: string, received: unknown): FlywheelError {
  const text = typeof received === 'string' ? received : shown(received)
  return new FlywheelError('specification-invalid', `${path}: expected ${expected}, received ${text}`, {
    errors: [{ path, expected, received: text }],
  })
}

/** @throws FlywheelError specification-invalid that names the first row for which the test holds */
export function refuseWhere(
  rows: Int32Array,
  holds: (row: number) => boolean,
  { expected, received }: { expected: string; received: (row: number) => string },
): void {
  const bad = rows.filter(holds)
  const [first] = bad
  if (first === undefined) return
  const others = bad.length > 1 ? ` and ${bad.length - 1} more` : ''
  throw refused(COLUMN_PATH, expected, `${received(first)} in row ${first + 1}${others}`)
}
