import type { DuckDBArrayValue, DuckDBBlobValue, DuckDBDataChunk } from '@duckdb/node-api'
import { type DatasetColumn, kindOfType } from '../../contracts/dataset.js'
import type { BytesColumn, Column, NumericColumn, TensorColumn, TextColumn } from '../../contracts/table.js'
import { sizeOfShape } from '../select-rows.js'

/** What a query asks for a column, so that `chunkColumn` can read it. Missing numbers are NaN, those of a missing vector too. */
export function chunkTerm({ type, length = 1 }: DatasetColumn, id: string): string {
  switch (kindOfType(type)) {
    case 'numeric':
      return `coalesce(${id}::double, 'nan'::double)`
    case 'tensor':
      return `${id}::float[${length}]`
    default:
      return id
  }
}

/** A column without rows, as what it is read. */
export function emptyColumn({ name, type, length = 1 }: DatasetColumn): Column {
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
export function chunkColumn(chunk: DuckDBDataChunk, column: Column, position: number): Column {
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
