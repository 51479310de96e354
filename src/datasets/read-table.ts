import type { DuckDBConnection } from '@duckdb/node-api'
import { type DatasetColumn, type DatasetSnapshot, kindOfType } from '../contracts/dataset.js'
import { FlywheelError, shown } from '../contracts/errors.js'
import type { Column, Table } from '../contracts/table.js'
import { chunkColumn, chunkTerm, emptyColumn } from './columns/chunk-columns.js'
import { type ColumnStore, memoryStore } from './columns/column-store.js'
import { columnId, parquetFiles, withDuckDb } from './duckdb.js'

/** Columns that one query reads: a vector of each is in memory. */
const BATCH = 256

/**
 * Reads a dataset version into columns: numbers, integers and booleans (0, 1) as doubles with NaN for missing;
 * dates as milliseconds since 1970; categories and texts as codes of a dictionary in the order of first appearance, −1 for
 * missing; vectors as blocks of numbers; images as files.
 *
 * @param options.columns names, in the order wanted; all when left out
 * @param options.limit the first so many rows alone; all when left out
 * @param options.path where the file of a part stands, by its sha256
 * @param options.store where the columns are put: those that do not fit in memory are read again whenever they are looked at
 * @throws FlywheelError dataset-invalid for a name that the dataset does not have
 */
export async function readTable({
  snapshot,
  columns = snapshot.columns.map(({ name }) => name),
  limit = snapshot.rows,
  path,
  store = memoryStore,
}: {
  snapshot: DatasetSnapshot
  columns?: readonly string[]
  limit?: number
  path: (sha256: string) => string
  store?: ColumnStore
}): Promise<Table> {
  const indices = columns.map((name) => indexOfColumn(snapshot, name))
  const rows = Math.min(limit, snapshot.rows)
  const parts = partsOf(snapshot, path)
  const from = rows < snapshot.rows ? `(from ${parts} limit ${rows})` : parts
  return withDuckDb({}, async (connection) => {
    const read: Column[] = []
    for (let start = 0; start < indices.length; start += BATCH) {
      read.push(
        ...(await readColumns(connection, {
          from,
          rows,
          snapshot,
          store,
          indices: indices.slice(start, start + BATCH),
        })),
      )
    }
    return { rows, columns: read }
  })
}

/** The parts of a version as a table of SQL, rows in their order. */
export const partsOf = ({ parts }: DatasetSnapshot, path: (sha256: string) => string): string =>
  parquetFiles(parts.map(({ sha256 }) => path(sha256)))

/** @throws FlywheelError dataset-invalid for a name that the dataset does not have */
export function indexOfColumn({ name, version, columns }: DatasetSnapshot, column: string): number {
  const index = columns.findIndex((entry) => entry.name === column)
  if (index !== -1) return index
  throw new FlywheelError('dataset-invalid', `The dataset ${name}@${version} has no column ${shown(column)}`)
}

/** Whether the column is read as numbers. */
export const isNumericType = ({ type }: DatasetColumn): boolean => kindOfType(type) === 'numeric'

async function readColumns(
  connection: DuckDBConnection,
  {
    from,
    rows,
    snapshot,
    store,
    indices,
  }: {
    from: string
    rows: number
    snapshot: DatasetSnapshot
    store: ColumnStore
    indices: readonly number[]
  },
): Promise<Column[]> {
  const columns = indices.map((index) => snapshot.columns[index] as DatasetColumn)
  const writers = columns.map((column) => store.add(emptyColumn(column), rows))
  const terms = indices.map((index, position) => {
    const id = columnId(index)
    return chunkTerm(columns[position] as DatasetColumn, id)
  })
  const result = await connection.stream(`select ${terms.join(', ')} from ${from}`)
  let read = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    read += chunk.rowCount
    if (read > rows) break
    for (const [position, { column, write }] of writers.entries()) {
      write(chunkColumn(chunk, column, position))
    }
  }
  if (read !== rows) {
    throw new FlywheelError(
      'artifact-damaged',
      `The dataset has other rows than the ${rows} that it should have`,
    )
  }
  return writers.map(({ column }) => column)
}
