import type { ColumnType } from '../../contracts/dataset.js'
import type { NumericColumn, ScalarColumn, TextColumn } from '../../contracts/table.js'

/** Rows of a column that have something in common: a value, none (null), or a range of values. */
export interface RowSlice {
  readonly column: string
  readonly value?: string | number | boolean | null
  readonly from?: number
  readonly to?: number
  readonly rows: Int32Array
}

/** Numbers of at most so many different values are sliced by value, others by range. */
const MAX_NUMBERS = 10
const QUANTILES = 4

/** A column's slices: one for each value of a category or of few numbers, else quarters; one for missing values. */
export function slicesOfColumn(column: ScalarColumn, type: ColumnType | undefined): RowSlice[] {
  return column.kind === 'text' ? textSlices(column) : numberSlices(column, type)
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
  if (distinct.length <= MAX_NUMBERS) {
    const places = new Map(Array.from(distinct, (value, at) => [value, at]))
    return grouped(values, (value) => places.get(value) ?? -1).map(([at, rows]) => {
      const value = distinct[at] as number
      return { column: name, value: at < 0 ? null : type === 'boolean' ? value !== 0 : value, rows }
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
    return { column: name, from, to: uppers[at] as number, rows }
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
