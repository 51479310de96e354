import type { DuckDBBlobValue, DuckDBListValue } from '@duckdb/node-api'
import type { DatasetColumn, DatasetSnapshot } from '../contracts/dataset.js'
import { columnId, withDuckDb } from './duckdb.js'
import { isoText } from './iso-time.js'
import { isNumericType, partsOf } from './read-table.js'

export type CellValue = number | boolean | string | number[] | null

/**
 * The first rows of a dataset version as objects: numbers, booleans and texts as in JSON, dates as ISO 8601, vectors as
 * lists, images as small ones in data URLs, null for missing.
 */
export async function readRows({
  snapshot,
  limit,
  path,
}: {
  snapshot: DatasetSnapshot
  limit: number
  path: (sha256: string) => string
}): Promise<Record<string, CellValue>[]> {
  const { columns } = snapshot
  const terms = columns.map((column, index) => term(column, columnId(index)))
  const sql = `select ${terms.join(', ')} from ${partsOf(snapshot, path)} limit ${limit}`
  const rows = await withDuckDb({ threads: 1 }, async (connection) =>
    (await connection.runAndReadAll(sql)).getRows(),
  )
  for (const [index, { type }] of columns.entries()) {
    if (type !== 'image') continue
    const { thumbnails } = await import('./images/thumbnails.js')
    const files = rows.map((row) => (row[index] as DuckDBBlobValue | null)?.bytes ?? null)
    for (const [row, shown] of (await thumbnails(files)).entries()) (rows[row] as unknown[])[index] = shown
  }
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column.name, cellOf(row[index], column)])),
  )
}

const term = (column: DatasetColumn, id: string): string =>
  isNumericType(column) && column.type !== 'boolean' ? `${id}::double` : id

function cellOf(value: unknown, { type }: DatasetColumn): CellValue {
  if (value === null) return null
  if (type === 'date') return isoText(value as number)
  return type === 'vector' ? ((value as DuckDBListValue).items as number[]) : (value as CellValue)
}
