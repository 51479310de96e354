import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ColumnType, DatasetSnapshot } from '../../src/contracts/dataset.js'
import type { Column, Table } from '../../src/contracts/table.js'

/** Where the public data sets of tests lie; null where they are not there, and tests say so and are skipped. */
export const testData = (() => {
  const folder = process.env.FLYWHEEL_TEST_DATA ?? '../shared/data'
  return existsSync(folder) ? folder : null
})()

export interface TableWithSnapshot {
  readonly table: Table
  readonly snapshot: DatasetSnapshot
}

/** Reads a plain CSV (no quotes) of the test data. */
export function readTestData(file: string): TableWithSnapshot {
  const bytes = readFileSync(join(testData ?? '', file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  const [head = '', ...lines] = text.trim().split('\n')
  const rows = lines.map((line) => line.trim().split(','))
  return fromRows(file.split('.')[0] as string, head.trim().split(','), rows)
}

/** A table of cells, with the types that its values have. Empty cells are missing. */
export function fromRows(
  name: string,
  header: readonly string[],
  rows: readonly string[][],
): TableWithSnapshot {
  const columns = header.map((column, index) =>
    columnOf(
      column,
      rows.map((row) => row[index] ?? ''),
    ),
  )
  return {
    table: { rows: rows.length, columns: columns.map(({ column }) => column) },
    snapshot: {
      name,
      version: 1,
      rows: rows.length,
      columns: columns.map(({ column, type, cells }) => ({
        name: column.name,
        type,
        missing: cells.filter((cell) => cell === '').length,
        distinct: new Set(cells.filter((cell) => cell !== '')).size,
      })),
      parts: [],
    },
  }
}

function columnOf(
  name: string,
  cells: readonly string[],
): { column: Column; type: ColumnType; cells: readonly string[] } {
  const present = cells.filter((cell) => cell !== '')
  if (present.every((cell) => !Number.isNaN(Number(cell)))) {
    const values = Float64Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell)))
    const type = values.every((value) => Number.isNaN(value) || Number.isInteger(value))
      ? 'integer'
      : 'number'
    return { column: { kind: 'numeric', name, values }, type, cells }
  }
  const dictionary = [...new Set(present)]
  const codeOf = new Map(dictionary.map((text, code) => [text, code]))
  const codes = Int32Array.from(cells, (cell) => codeOf.get(cell) ?? -1)
  return { column: { kind: 'text', name, codes, dictionary }, type: 'category', cells }
}
