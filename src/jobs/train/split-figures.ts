import type { DatasetSnapshot } from '../../contracts/dataset.js'
import type { SplitOptions } from '../../contracts/split.js'
import type { ScalarColumn, Table } from '../../contracts/table.js'
import { isoText } from '../../datasets/iso-time.js'
import type { Split } from '../../datasets/split-rows.js'
import { timesOf } from '../../datasets/splits/by-time.js'
import type { Report } from '../../evaluation/report.js'
import { scalarColumn } from '../../evaluation/stored-model.js'

const parts = ['training', 'validation', 'test'] as const

/** What the report says of a split: by what, the rows of each part, and their groups or times. */
export function splitFigures(
  split: Split,
  { by, column: name, table, columns }: SplitOptions & { table: Table; columns: DatasetSnapshot['columns'] },
): Report['split'] {
  const { training, validation, test, unusable } = split
  const rows = { training: training.length, validation: validation.length, test: test.length, unusable }
  if (name === undefined) return { by, ...rows }
  const column = scalarColumn(table, name)
  if (by === 'group') return { by, column: name, ...rows, groups: ofParts(split, groupsOf(column)) }
  const isDate = columns.find((described) => described.name === name)?.type === 'date'
  if (by === 'time')
    return { by, column: name, ...rows, from: ofParts(split, earliestOf(column, { isDate })) }
  return { by, column: name, ...rows }
}

/** How many different values stand in the rows. */
const groupsOf =
  (column: ScalarColumn) =>
  (rows: Int32Array): number => {
    const values = column.kind === 'text' ? column.codes : column.values
    return new Set(Array.from(rows, (row) => values[row])).size
  }

/** As it stands in the data, dates as ISO 8601; null without rows. */
const earliestOf = (column: ScalarColumn, { isDate }: { isDate: boolean }) => {
  const times = timesOf(column)
  return (rows: Int32Array): string | number | null => {
    const [first] = rows
    if (first === undefined) return null
    const row = rows.reduce((a, b) => ((times[b] as number) < (times[a] as number) ? b : a), first)
    if (column.kind === 'text') return column.dictionary[column.codes[row] as number] ?? null
    const time = times[row] as number
    return isDate ? (isoText(time) ?? time) : time
  }
}

const ofParts = <Value>(split: Split, of: (rows: Int32Array) => Value) =>
  Object.fromEntries(parts.map((part) => [part, of(split[part])])) as Record<(typeof parts)[number], Value>
