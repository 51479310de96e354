import type { SplitOptions } from '../../contracts/split.js'
import type { ScalarColumn, Table } from '../../contracts/table.js'
import type { Split } from '../../datasets/split-rows.js'
import { timesOf } from '../../datasets/splits/by-time.js'
import type { Report } from '../../evaluation/report.js'
import { scalarColumn } from '../../evaluation/stored-model.js'

const parts = ['training', 'validation', 'test'] as const

/** What the report says of a split: by what, the rows of each part, and their groups or times. */
export function splitFigures(
  split: Split,
  { by, column: name, table }: SplitOptions & { table: Table },
): Report['split'] {
  const { training, validation, test, unusable } = split
  const rows = { training: training.length, validation: validation.length, test: test.length, unusable }
  if (name === undefined) return { by, ...rows }
  const column = scalarColumn(table, name)
  if (by === 'group') return { by, column: name, ...rows, groups: ofParts(split, groupsOf(column)) }
  if (by === 'time') return { by, column: name, ...rows, from: ofParts(split, earliestOf(column)) }
  return { by, column: name, ...rows }
}

/** How many different values stand in the rows. */
const groupsOf =
  (column: ScalarColumn) =>
  (rows: Int32Array): number => {
    const values = column.kind === 'text' ? column.codes : column.values
    return new Set(Array.from(rows, (row) => values[row])).size
  }

/** As it stands in the data; null without rows. */
const earliestOf = (column: ScalarColumn) => {
  const times = timesOf(column)
  return (rows: Int32Array): string | number | null => {
    const [first] = rows
    if (first === undefined) return null
    const row = rows.reduce((a, b) => ((times[b] as number) < (times[a] as number) ? b : a), first)
    return column.kind === 'text'
      ? (column.dictionary[column.codes[row] as number] ?? null)
      : (times[row] as number)
  }
}

const ofParts = <Value>(split: Split, of: (rows: Int32Array) => Value) =>
  Object.fromEntries(parts.map((part) => [part, of(split[part])])) as Record<(typeof parts)[number], Value>
