import type { ColumnType } from '../../contracts/dataset.js'
import type { NumericColumn, ScalarColumn, TextColumn } from '../../contracts/table.js'
import { isoText } from '../../datasets/iso-time.js'
import { itemsOf, separatorOf } from '../../datasets/list-text.js'

/** Rows of a column that have something in common: a value, none (null), or a range of values. Dates are ISO 8601. */
export interface RowSlice {
  readonly column: string
  readonly value?: string | number | boolean | null
  readonly from?: number | string
  readonly to?: number | string
  readonly rows: Int32Array
}

/** Numbers of at most so many different values are sliced by value, others by range. */
const MAX_NUMBERS = 10
const QUANTILES = 4

/**
 * A column's slices: one for each value of a category or of few numbers, or for each item of lists, which overlap; else
 * quarters; one for missing values.
 */
export function slicesOfColumn(column: ScalarColumn, type: ColumnType | undefined): RowSlice[] {
  if (column.kind === 'numeric') return numberSlices(column, type)
  return type === 'list' ? itemSlices(column) : textSlices(column)
}

function itemSlices({ name, codes, dictionary }: TextColumn): RowSlice[] {
  const separator = separatorOf(dictionary)
  const items = dictionary.map((text) => itemsOf(text, separator))
  const held = new Map<string | null, number[]>()
  for (const [row, code] of codes.entries()) {
    for (const item of code < 0 ? [null] : (items[code] as string[])) {
      const rows = held.get(item)
      if (rows === undefined) held.set(item, [row])
      else rows.push(row)
    }
  }
  return [...held].map(([value, rows]) => ({ column: name, value, rows: Int32Array.from(rows) }))
}

function textSlices({ name, codes, dictionary }: TextColumn): RowSlice[] {
  return grouped(codes, (code) => code).map(([code, rows]) => ({
    column: name,
    value: code < 0 ? null : (dictionary[code] as string),
    rows,
  }))
}

function numberSlices({ name, values }: NumericColumn, type: ColumnType | undefined): RowSlice[] {
  const known = values.filter((value) => !Number.isNaN(value)).sort()
  const distinct = known.filter((value, at) => at === 0 || value !== known[at - 1])
  const shown = (value: number): number | string => (type === 'date' ? (isoText(value) ?? value) : value)
  if (distinct.length <= MAX_NUMBERS) {
    const places = new Map(Array.from(distinct, (value, at) => [value, at]))
    return grouped(values, (value) => places.get(value) ?? -1).map(([at, rows]) => {
      const value = distinct[at] as number
      return { column: name, value: at < 0 ? null : type === 'boolean' ? value !== 0 : shown(value), rows }
    })
  }
  const uppers = Array.from(
    { length: QUANTILES },
    (_, at) => known[Math.ceil(((at + 1) * known.length) / QUANTILES) - 1] as number,
  ).filter((upper, at, all) => upper !== all[at - 1])
  const binOf = (value: number) => (Number.isNaN(value) ? -1 : uppers.findIndex((upper) => value <= upper))
  return grouped(values, binOf).map(([at, rows]) => {
    if (at < 0) return { column: name, value: null, rows }
    const below = uppers[at - 1]
    const from =
      below === undefined ? (known[0] as number) : (distinct.find((each) => each > below) as number)
    return { column: name, from: shown(from), to: shown(uppers[at] as number), rows }
  })
}

/** The rows of each group, by the group's number. */
function grouped<Values extends Int32Array | Float64Array>(
  values: Values,
  groupOf: (value: number) => number,
): [number, Int32Array][] {
  const groups = new Map<number, number[]>()
  for (let row = 0; row < values.length; row++) {
    const group = groupOf(values[row] as number)
    const rows = groups.get(group)
    if (rows === undefined) groups.set(group, [row])
    else rows.push(row)
  }
  return [...groups].map(([group, rows]) => [group, Int32Array.from(rows)])
}
