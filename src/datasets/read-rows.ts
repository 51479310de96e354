import type { DatasetColumn, DatasetSnapshot } from '../contracts/dataset.js'
import { columnId, withDuckDb } from './duckdb.js'
import { isNumericType, partsOf } from './read-table.js'

export type CellValue = number | boolean | string | null

/** The first rows of a dataset version as objects: numbers, booleans and texts as in JSON, null for missing. */
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
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name }, index) => [name, row[index] as CellValue])),
  )
}

const term = (column: DatasetColumn, id: string): string =>
  isNumericType(column) && column.type !== 'boolean' ? `${id}::double` : id
