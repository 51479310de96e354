import type { BytesColumn, Column, Table, TextColumn } from '../contracts/table.js'
import { laterColumn, type ReadableColumn, readPart } from './columns/later-column.js'

/** Rows that code over a whole table takes at once: their columns fit into the cache of a core, mostly. */
export const BLOCK_ROWS = 16_384

/**
 * The given rows of a table, in that order. A column is copied when its values are first read and not kept:
 * walking the columns one by one never holds a second copy of the whole table.
 */
export function selectRows(table: Table, rows: Int32Array): Table {
  const spanOf = keptSpan(rows)
  return {
    rows: rows.length,
    columns: table.columns.map((column) =>
      column.kind === 'bytes'
        ? gatherFiles(column, rows)
        : laterColumn(column, {
            rows: rows.length,
            read: (from, to) => gather(column, rows.subarray(from, to), spanOf(from, to)) as ReadableColumn,
          }),
    ),
  }
}

/** The given rows of a table, in that order, copied at once: for tables that are read more than once. */
export function copyRows(table: Table, rows: Int32Array): Table {
  const span = spanOf(rows)
  return { rows: rows.length, columns: table.columns.map((column) => gather(column, rows, span)) }
}

/** The first and the last of rows in any order; −1 for the last of none. */
interface Span {
  readonly first: number
  readonly last: number
}

function spanOf(rows: Int32Array): Span {
  let [first, last] = [Infinity, -1]
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number
    if (row < first) first = row
    if (row > last) last = row
  }
  return { first, last }
}

/** Of the rows `from` to `to`, which are asked for once for each column. */
function keptSpan(rows: Int32Array): (from: number, to: number) => Span {
  let kept: { from: number; to: number; span: Span } | null = null
  return (from, to) => {
    if (kept?.from !== from || kept.to !== to) kept = { from, to, span: spanOf(rows.subarray(from, to)) }
    return kept.span
  }
}

/** The given rows of one column, copied. Of a column that lies in a file their span is read. */
function gather(column: Column, rows: Int32Array, span: Span): Column {
  if (column.kind === 'bytes') return gatherFiles(column, rows)
  const read = span.last < 0 ? undefined : readPart(column, span.first, span.last + 1)
  const source = (read ?? column) as ReadableColumn
  const first = read === undefined ? 0 : span.first
  const { name } = source
  switch (source.kind) {
    case 'numeric': {
      const { values } = source
      const selected = new Float64Array(rows.length)
      for (let at = 0; at < selected.length; at++)
        selected[at] = values[(rows[at] as number) - first] as number
      return { kind: 'numeric', name, values: selected }
    }
    case 'text': {
      const { codes, dictionary } = source
      const selected = new Int32Array(rows.length)
      for (let at = 0; at < selected.length; at++)
        selected[at] = codes[(rows[at] as number) - first] as number
      return { kind: 'text', name, codes: selected, dictionary }
    }
    case 'tensor': {
      const { values, ...column } = source
      const size = sizeOfShape(column.shape)
      const selected = new Float32Array(rows.length * size)
      for (let at = 0; at < rows.length; at++) {
        const from = ((rows[at] as number) - first) * size
        selected.set(values.subarray(from, from + size), at * size)
      }
      return { ...column, values: selected }
    }
  }
}

const gatherFiles = ({ name, values }: BytesColumn, rows: Int32Array): BytesColumn => ({
  kind: 'bytes',
  name,
  values: Array.from(rows, (row) => values[row] ?? null),
})

/** Rows `from` (included) to `to` (excluded): views of the same memory, or read from where the table lies. */
export const sliceRows = (table: Table, { from, to }: { from: number; to: number }): Table => ({
  rows: to - from,
  columns: table.columns.map((column) => sliceColumn(column, from, to)),
})

/** Blocks of rows one after the other, each as `sliceRows` gives it, and the number of its first row. */
export function* blocksOf(
  table: Table,
  rows: number = BLOCK_ROWS,
): Generator<{ readonly from: number; readonly block: Table }> {
  for (let from = 0; from < table.rows; from += rows) {
    yield { from, block: sliceRows(table, { from, to: Math.min(from + rows, table.rows) }) }
  }
}

function sliceColumn(column: Column, from: number, to: number): Column {
  const read = readPart(column, from, to) ?? column
  const [start, end] = read === column ? [from, to] : [0, to - from]
  switch (read.kind) {
    case 'numeric':
      return { kind: 'numeric', name: read.name, values: read.values.subarray(start, end) }
    case 'text':
      return withOwnTexts({ ...read, codes: read.codes.subarray(start, end) })
    case 'bytes':
      return { ...read, values: read.values.slice(start, end) }
    case 'tensor': {
      const size = sizeOfShape(read.shape)
      return { ...read, values: read.values.subarray(start * size, end * size) }
    }
  }
}

/** A few rows of a column with very many texts get a dictionary of their own: what looks at it takes no longer than they do. */
function withOwnTexts(column: TextColumn): TextColumn {
  const { codes, dictionary } = column
  if (dictionary.length <= 4 * codes.length + 1024) return column
  const own: string[] = []
  const codeOf = new Map<number, number>()
  const ownCodes = codes.map((code) => {
    if (code < 0) return -1
    const known = codeOf.get(code)
    if (known !== undefined) return known
    codeOf.set(code, own.length)
    return own.push(dictionary[code] as string) - 1
  })
  return { ...column, codes: ownCodes, dictionary: own }
}

/** The same column in memory, for what reads its rows one by one. */
export const heldColumn = <Kind extends Column>(column: Kind): Kind => ({ ...column })

/** Elements of a block of that shape. */
export const sizeOfShape = (shape: readonly number[]): number =>
  shape.reduce((product, each) => product * each, 1)
