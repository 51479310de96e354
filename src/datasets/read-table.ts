import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { DatasetColumn, DatasetSnapshot } from '../contracts/dataset.js'
import { FlywheelError, shown } from '../contracts/errors.js'
import type { Column, Table } from '../contracts/table.js'
import { columnId, literal, withDuckDb } from './duckdb.js'

/** Columns that one query reads: a vector of each is in memory. */
const BATCH = 256

/**
 * Reads a dataset version into columns: numbers, integers and booleans (0, 1) as doubles with NaN for missing;
 * categories and texts as codes of a dictionary in the order of first appearance, −1 for missing.
 *
 * @param options.columns names, in the order wanted; all when left out
 * @param options.limit the first so many rows alone; all when left out
 * @param options.path where the file of a part stands, by its sha256
 * @throws FlywheelError dataset-invalid for a name that the dataset does not have
 */
export async function readTable({
  snapshot,
  columns = snapshot.columns.map(({ name }) => name),
  limit = snapshot.rows,
  path,
}: {
  snapshot: DatasetSnapshot
  columns?: readonly string[]
  limit?: number
  path: (sha256: string) => string
}): Promise<Table> {
  const indices = columns.map((name) => indexOf(snapshot, name))
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
          indices: indices.slice(start, start + BATCH),
        })),
      )
    }
    return { rows, columns: read }
  })
}

/** The parts of a version as a table of SQL, rows in their order. */
export const partsOf = ({ parts }: DatasetSnapshot, path: (sha256: string) => string): string =>
  `read_parquet([${parts.map(({ sha256 }) => literal(path(sha256))).join(', ')}])`

function indexOf({ name, version, columns }: DatasetSnapshot, column: string): number {
  const index = columns.findIndex((entry) => entry.name === column)
  if (index !== -1) return index
  throw new FlywheelError('dataset-invalid', `The dataset ${name}@${version} has no column ${shown(column)}`)
}

/** Whether the column is read as numbers. */
export const isNumericType = ({ type }: DatasetColumn): boolean => type !== 'category' && type !== 'text'

async function readColumns(
  connection: DuckDBConnection,
  {
    from,
    rows,
    snapshot,
    indices,
  }: { from: string; rows: number; snapshot: DatasetSnapshot; indices: readonly number[] },
): Promise<Column[]> {
  const builders = indices.map((index) => builderFor(snapshot.columns[index] as DatasetColumn, rows))
  const terms = indices.map((index) => {
    const id = columnId(index)
    return isNumericType(snapshot.columns[index] as DatasetColumn)
      ? `coalesce(${id}::double, 'nan'::double)`
      : id
  })
  const result = await connection.stream(`select ${terms.join(', ')} from ${from}`)
  let offset = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    for (const [position, builder] of builders.entries()) builder.add(chunk, position, offset)
    offset += chunk.rowCount
  }
  if (offset !== rows) {
    throw new FlywheelError('artifact-damaged', `The dataset has ${offset} rows, not ${rows}`)
  }
  return builders.map(({ column }) => column)
}

interface Builder {
  readonly column: Column
  add(chunk: DuckDBDataChunk, position: number, offset: number): void
}

const builderFor = (column: DatasetColumn, rows: number): Builder =>
  isNumericType(column) ? numericBuilder(column.name, rows) : textBuilder(column.name, rows)

function numericBuilder(name: string, rows: number): Builder {
  const values = new Float64Array(rows)
  return {
    column: { kind: 'numeric', name, values },
    add(chunk, position, offset) {
      values.set(doublesOf(chunk, position), offset)
    },
  }
}

/**
 * A column's doubles, none of which is null. The vector holds them in one array, which is a hundred times faster to
 * copy than its items are to ask for; its type does not show that array.
 */
function doublesOf(chunk: DuckDBDataChunk, position: number): ArrayLike<number> {
  const vector = chunk.getColumnVector(position)
  const { items } = vector as unknown as { items?: unknown }
  if (items instanceof Float64Array) return items.subarray(0, chunk.rowCount)
  return Float64Array.from({ length: chunk.rowCount }, (_, row) => vector.getItem(row) as number)
}

function textBuilder(name: string, rows: number): Builder {
  const codes = new Int32Array(rows)
  const dictionary: string[] = []
  const known = new Map<string, number>()
  return {
    column: { kind: 'text', name, codes, dictionary },
    add(chunk, position, offset) {
      const vector = chunk.getColumnVector(position)
      for (let row = 0; row < chunk.rowCount; row++) {
        const text = vector.getItem(row) as string | null
        codes[offset + row] = text === null ? -1 : code(text)
      }
    },
  }
  function code(text: string): number {
    let found = known.get(text)
    if (found === undefined) {
      found = dictionary.push(text) - 1
      known.set(text, found)
    }
    return found
  }
}
