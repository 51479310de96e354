import type { DuckDBArrayValue, DuckDBBlobValue, DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { type DatasetColumn, type DatasetSnapshot, kindOfType } from '../contracts/dataset.js'
import { FlywheelError, shown } from '../contracts/errors.js'
import type {
  BytesColumn,
  Column,
  NumericColumn,
  Table,
  TensorColumn,
  TextColumn,
} from '../contracts/table.js'
import { type ColumnStore, memoryStore } from './columns/column-store.js'
import { columnId, parquetFiles, withDuckDb } from './duckdb.js'
import { sizeOfShape } from './select-rows.js'

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

function indexOf({ name, version, columns }: DatasetSnapshot, column: string): number {
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
    return termOf(columns[position] as DatasetColumn, id)
  })
  const result = await connection.stream(`select ${terms.join(', ')} from ${from}`)
  let read = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    read += chunk.rowCount
    if (read > rows) break
    for (const [position, { column, write }] of writers.entries()) {
      write(partOf(chunk, column, position))
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

/** Missing numbers are NaN, those of a missing vector too. */
function termOf({ type, length = 1 }: DatasetColumn, id: string): string {
  switch (kindOfType(type)) {
    case 'numeric':
      return `coalesce(${id}::double, 'nan'::double)`
    case 'tensor':
      return `${id}::float[${length}]`
    default:
      return id
  }
}

function emptyColumn({ name, type, length = 1 }: DatasetColumn): Column {
  switch (kindOfType(type)) {
    case 'numeric':
      return { kind: 'numeric', name, values: new Float64Array(0) }
    case 'text':
      return { kind: 'text', name, codes: new Int32Array(0), dictionary: [] }
    case 'bytes':
      return { kind: 'bytes', name, values: [] }
    case 'tensor':
      return { kind: 'tensor', name, rowKind: 'vector', shape: [length], values: new Float32Array(0) }
  }
}

/** What a chunk has in a column like that. */
function partOf(chunk: DuckDBDataChunk, column: Column, position: number): Column {
  switch (column.kind) {
    case 'numeric':
      return numbersOf(chunk, column, position)
    case 'text':
      return textsOf(chunk, column, position)
    case 'bytes':
      return filesOf(chunk, column, position)
    case 'tensor':
      return vectorsOf(chunk, column, position)
  }
}

/**
 * A column's doubles, none of which is null. The vector holds them in one array, which is a hundred times faster to
 * copy than its items are to ask for; its type does not show that array.
 */
function numbersOf(chunk: DuckDBDataChunk, { name }: Column, position: number): NumericColumn {
  const vector = chunk.getColumnVector(position)
  const { items } = vector as unknown as { items?: unknown }
  const values =
    items instanceof Float64Array
      ? items.subarray(0, chunk.rowCount)
      : Float64Array.from({ length: chunk.rowCount }, (_, row) => vector.getItem(row) as number)
  return { kind: 'numeric', name, values }
}

function vectorsOf(chunk: DuckDBDataChunk, column: TensorColumn, position: number): TensorColumn {
  const size = sizeOfShape(column.shape)
  const vector = chunk.getColumnVector(position)
  const values = new Float32Array(chunk.rowCount * size)
  for (let row = 0; row < chunk.rowCount; row++) {
    const list = vector.getItem(row) as DuckDBArrayValue | null
    if (list === null) values.fill(Number.NaN, row * size, (row + 1) * size)
    else values.set(list.items as number[], row * size)
  }
  return { ...column, values }
}

function filesOf(chunk: DuckDBDataChunk, { name }: Column, position: number): BytesColumn {
  const vector = chunk.getColumnVector(position)
  const values = Array.from({ length: chunk.rowCount }, (_, row) => {
    const file = vector.getItem(row) as DuckDBBlobValue | null
    return file && Uint8Array.from(file.bytes) // a copy: the vector's memory is used again
  })
  return { kind: 'bytes', name, values }
}

/** A chunk's texts with a dictionary of their own. */
function textsOf(chunk: DuckDBDataChunk, { name }: Column, position: number): TextColumn {
  const vector = chunk.getColumnVector(position)
  const codes = new Int32Array(chunk.rowCount)
  const dictionary: string[] = []
  const known = new Map<string, number>()
  for (let row = 0; row < codes.length; row++) {
    const text = vector.getItem(row) as string | null
    codes[row] = text === null ? -1 : code(text)
  }
  return { kind: 'text', name, codes, dictionary }

  function code(text: string): number {
    let found = known.get(text)
    if (found === undefined) {
      found = dictionary.push(text) - 1
      known.set(text, found)
    }
    return found
  }
}
