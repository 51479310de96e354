import { type ColumnType, type DatasetColumn, type Finding, isProse } from '../contracts/dataset.js'
import type { ColumnCount } from './count-values.js'
import type { StoredType } from './infer-types.js'

/** Texts with few different values are categories. */
const CATEGORY_VALUES = 1000
const ALWAYS_CATEGORY_VALUES = 20

/** Whether texts with such counts are categories: few differ, or each stands there often. */
export function isCategory(count: Counted, rows: number): boolean {
  const { distinct, present } = count
  // A few long texts that differ are no categories, however few they are.
  if (isProse(count) && distinct > present / 2) return false
  return distinct <= ALWAYS_CATEGORY_VALUES || (distinct <= CATEGORY_VALUES && distinct <= rows / 2)
}

type Counted = Pick<ColumnCount, 'distinct' | 'present' | 'meanBytes'>

/**
 * The type of a column to which rows were appended. It is the one that it had, but for two cases: integers among which
 * numbers with a point stand now are numbers, and a category that too many different texts have joined is text, unless
 * somebody had made it a category against that rule.
 *
 * @param options.rowsBefore rows that the dataset had
 * @param options.stored what the new values are stored as
 */
export function typeAfterAppend(
  { type, distinct, missing }: DatasetColumn,
  {
    rowsBefore,
    stored,
    count,
    rows,
  }: { rowsBefore: number; stored: StoredType; count: Counted; rows: number },
): ColumnType {
  if (type === 'integer' && stored === 'number') return 'number'
  // Of a category no mean length is kept; it would matter for prose alone.
  const before = { distinct, present: rowsBefore - missing, meanBytes: 0 }
  const wasCategory = type === 'category' && isCategory(before, rowsBefore)
  return wasCategory && !isCategory(count, rows) ? 'text' : type
}

/** Says which columns have another type since rows were appended. */
export function widenedFindings(before: readonly DatasetColumn[], now: readonly DatasetColumn[]): Finding[] {
  return now.flatMap(({ name, type, distinct }, index) => {
    const former = before[index]?.type
    if (former === undefined || former === type) return []
    const detail =
      type === 'text'
        ? `With the new rows ${distinct} different texts stand here: the column is text now, no category`
        : `The new rows hold numbers with a point: the column is of type ${type} now, no longer ${former}`
    const remedy = 'If the new values are mistakes, mend them and upload the file as a version of its own'
    return [{ code: 'widened', column: name, detail, remedy }]
  })
}
