import type { HashRule, SplitRule } from '../contracts/split.js'
import type { Column, ScalarColumn, Table } from '../contracts/table.js'
import { hashRows, seededHash } from './row-hash.js'
import { rowsWhere } from './rows-where.js'
import { isInPart } from './splits/by-column.js'
import { timesOf } from './splits/by-time.js'
import { foldRows } from './splits/fold-rows.js'
import type { Parted, Splitter, SplitterOptions } from './splits/splitter.js'
import { splitterFor } from './splits/splitter-for.js'

export interface ValidationChance {
  /** Share of the rows that are no test rows; 0 for none. */
  readonly validationSplit: number
  /** Changes which of them are validation rows. */
  readonly validationSeed: number
}

export interface SplitRequest extends SplitterOptions, ValidationChance {
  /** Not looked at where a column says which rows are test rows. */
  readonly testSplit: number
  /** Changes which rows are test rows. */
  readonly testSeed: number
  /** Makes one of so many folds, from 0, the test rows, in place of a share. */
  readonly fold?: { readonly index: number; readonly folds: number }
}

export interface Split {
  readonly training: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
  /** Rows without a usable target: in no part. */
  readonly unusable: number
  /** Tells test rows from others in later tables too. */
  readonly rule: SplitRule
}

/**
 * Splits rows into training, validation and test rows, each in ascending order.
 *
 * @throws FlywheelError specification-invalid for a column that rows can't be split by, and parts that would be empty
 *   (by chance over single rows they may be)
 */
export function splitRows(request: SplitRequest): Split {
  const { strata, testSplit, testSeed } = request
  const splitter = splitterFor(request)
  const usable = rowsWith(strata)
  const { taken, others, rule } =
    request.fold === undefined
      ? splitter.test(usable, { share: testSplit, seed: testSeed })
      : foldOf(splitter, usable, { ...request.fold, seed: testSeed })
  const { training, validation } = withValidation(splitter, others, request)
  return { training, validation, test: taken, unusable: strata.length - usable.length, rule }
}

/** A version of one fold tells no rows that it has not been trained on: which rows they are shows in all rows alone. */
function foldOf(
  splitter: Splitter,
  rows: Int32Array,
  { index, folds, seed }: { index: number; folds: number; seed: number },
): Parted & { rule: HashRule } {
  const fold = foldRows(splitter, rows, { folds, seed })[index]
  if (fold === undefined) throw new RangeError(`there is no fold ${index} of ${folds}`)
  return {
    taken: fold.heldOut,
    others: fold.training,
    rule: { seed, columns: [], thresholds: [], trained: [] },
  }
}

function withValidation(
  splitter: Splitter,
  rows: Int32Array,
  { validationSplit, validationSeed }: ValidationChance,
): Pick<Split, 'training' | 'validation'> {
  const { taken, others } = splitter.validation(rows, { share: validationSplit, seed: validationSeed })
  return { training: others, validation: taken }
}

const rowsWith = (strata: Float64Array): Int32Array =>
  rowsWhere(strata.length, (row) => !Number.isNaN(strata[row]))

/**
 * The rows of a table that a version with this rule has not been trained on.
 *
 * @param table has the rule's columns, which are looked up by name: without them no row is known to be one
 * @param strata as for `splitRows`, in the version's own class indices
 */
export function rowsKeptOut(table: Table, strata: Float64Array, rule: SplitRule): Int32Array {
  const columns = columnsOf(table, rule)
  if (columns === null) return new Int32Array(0)
  const isKeptOut = keptOutBy(rule, { table: { rows: table.rows, columns }, strata })
  return rowsWith(strata).filter(isKeptOut)
}

function keptOutBy(
  rule: SplitRule,
  { table, strata }: { table: Table; strata: Float64Array },
): (row: number) => boolean {
  const [first] = table.columns
  switch (rule.by) {
    case 'time': {
      if (!isScalar(first)) return () => false
      const times = timesOf(first)
      return (row) => (times[row] as number) > rule.after
    }
    case 'column':
      return isScalar(first) ? isInPart(first)('test') : () => false
    default: {
      const hashes = hashRows(table)
      const trained = new Set(rule.trained)
      return (row) => {
        const threshold = rule.thresholds[strata[row] as number]
        if (threshold === undefined) return false
        const hash = seededHash(hashes, row, rule.seed)
        return hash < threshold && !trained.has(hash)
      }
    }
  }
}

const isScalar = (column: Column | undefined): column is ScalarColumn =>
  column?.kind === 'numeric' || column?.kind === 'text'

/**
 * Splits the rows that a version may have learnt from, as its training did.
 *
 * @param table has the rule's columns
 * @param strata as for `rowsKeptOut`; NaN for rows that are kept out, too
 */
export function splitLearnt(
  { table, strata, rule }: { table: Table; strata: Float64Array; rule: SplitRule },
  chance: ValidationChance,
): Pick<Split, 'training' | 'validation'> {
  const columns = columnsOf(table, rule)
  if (columns === null) throw new TypeError('the table does not have the columns of the rule')
  const isByColumn = rule.by === 'group' || rule.by === 'time' || rule.by === 'column'
  const splitter = splitterFor({
    by: rule.by,
    column: isByColumn ? (columns[0] as ScalarColumn) : null,
    content: { rows: table.rows, columns: isByColumn ? columns.slice(1) : columns },
    strata,
  })
  return withValidation(splitter, rowsWith(strata), chance)
}

/** In the rule's order; null where one is missing. */
function columnsOf(table: Table, rule: SplitRule): Table['columns'] | null {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const columns = rule.columns.flatMap((name) => byName.get(name) ?? [])
  return columns.length < rule.columns.length ? null : columns
}
