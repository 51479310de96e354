import type { TimeRule } from '../../contracts/split.js'
import type { ScalarColumn } from '../../contracts/table.js'
import { isoTime } from '../iso-time.js'
import { COLUMN_PATH, type Parted, refused, refuseWhere, type Splitter, VALIDATION_PATH } from './splitter.js'

/** The newest rows judge what was learnt from older ones. Rows of one time stay together. */
export function byTime(column: ScalarColumn): Splitter {
  const { name } = column
  const times = timesOf(column)
  const known = (rows: Int32Array): Int32Array => {
    refuseWhere(rows, (row) => Number.isNaN(times[row]), {
      expected: `a number or a time such as 2024-05-31T12:30 of ${name} in every row with a target`,
      received: (row) => valueAt(column, row),
    })
    return rows
  }
  return {
    isOrdered: true,
    test(rows, { share, seed }) {
      const { after, ...parts } = newest(known(rows), { times, share })
      if (share > 0 && parts.taken.length === 0) {
        throw refused(COLUMN_PATH, 'a column with two times at least', `one time in ${name}`)
      }
      const rule: TimeRule = { by: 'time', seed, columns: [name], after }
      return { ...parts, rule }
    },
    validation(rows, { share }) {
      const { after: _, ...parts } = newest(known(rows), { times, share })
      if (share === 0 || parts.taken.length > 0) return parts
      const expected = `0, since the rows beside the test rows are of one time in ${name}`
      throw refused(VALIDATION_PATH, expected, share)
    },
    folds(rows, { folds, path }) {
      const dealt = successive(known(rows), { times, folds })
      if (new Set(dealt).size === folds + 1) return dealt
      const different = new Set(Array.from(rows, (row) => times[row])).size
      const expected = `so few folds that each has times of its own and older rows to learn from, of ${different} times in ${name}`
      throw refused(path, expected, folds)
    },
  }
}

/** [rows]: numbers as they are, texts in milliseconds since 1970; NaN for those that are no time. */
export function timesOf(column: ScalarColumn): Float64Array {
  if (column.kind === 'numeric') return column.values
  const times = column.dictionary.map(isoTime)
  return Float64Array.from(column.codes, (code) => times[code] ?? Number.NaN)
}

function valueAt(column: ScalarColumn, row: number): string {
  const text = column.kind === 'text' ? column.dictionary[column.codes[row] as number] : undefined
  return text === undefined ? 'none' : JSON.stringify(text)
}

/** @returns also the latest time that is not taken; 0 where there are no rows */
function newest(
  rows: Int32Array,
  { times, share }: { times: Float64Array; share: number },
): Parted & { after: number } {
  const sorted = Float64Array.from(rows, (row) => times[row] as number).sort()
  const after = boundary(sorted, Math.min(Math.round(rows.length * share), rows.length - 1))
  const isLater = (row: number): boolean => (times[row] as number) > after
  return { after, taken: rows.filter(isLater), others: rows.filter((row) => !isLater(row)) }
}

/** The latest time before the newest `count`; where it parts rows of one time, the nearest that does not. */
function boundary(sorted: Float64Array, count: number): number {
  const rows = sorted.length
  const last = sorted[rows - 1] ?? 0
  if (count < 1) return last
  const time = sorted[rows - count] as number
  const from = firstAbove(sorted, time, { isIncluded: true })
  const above = rows - firstAbove(sorted, time, { isIncluded: false })
  const isNearer = rows - from - count <= count - above
  return from > 0 && (above === 0 || isNearer) ? (sorted[from - 1] as number) : time
}

/** How many values are below it, or not above it. */
function firstAbove(sorted: Float64Array, value: number, { isIncluded }: { isIncluded: boolean }): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >> 1
    const at = sorted[middle] as number
    if (isIncluded ? at < value : at <= value) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * Folds of about equal sizes that follow each other, as scikit-learn's TimeSeriesSplit has them: the oldest rows, a
 * share as large as a fold's and the rest of the division, are −1.
 */
function successive(rows: Int32Array, { times, folds }: { times: Float64Array; folds: number }): Int32Array {
  const sorted = Float64Array.from(rows, (row) => times[row] as number).sort()
  const size = Math.floor(sorted.length / (folds + 1))
  const ends = Array.from({ length: folds }, (_, fold) => boundary(sorted, size * (folds - fold)))
  return Int32Array.from(rows, (row) => {
    const time = times[row] as number
    let fold = -1
    while (fold + 1 < folds && time > (ends[fold + 1] as number)) fold++
    return fold
  })
}
