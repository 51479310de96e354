import type { BytesColumn, Column, Doubles, NumericColumn, Table, TextColumn } from '../contracts/table.js'
import { newDoubles, type ReusedDoubles, reusedDoubles } from './columns/doubles.js'
import { isReadLater, laterColumn, type ReadableColumn, readPart, readWhole } from './columns/later-column.js'
import { type Span, spansOf, wholeSpan } from './columns/row-spans.js'

/** Rows that code over a whole table takes at once: their columns fit into the cache of a core, mostly. */
export const BLOCK_ROWS = 16_384

/**
 * The given rows of a table, in that order. A column is copied when its values are first read and not kept:
 * walking the columns one by one never holds a second copy of the whole table.
 */
export function selectRows(table: Table, rows: Int32Array): Table {
  const spansIn = keptSpans(rows)
  return {
    rows: rows.length,
    columns: table.columns.map((column) =>
      column.kind === 'bytes'
        ? gatherFiles(column, rows)
        : laterColumn(column, {
            rows: rows.length,
            read: (from, to, doubles = newDoubles) =>
              gather(column, { rows: rows.subarray(from, to), spans: spansIn(from, to), doubles }),
          }),
    ),
  }
}

/** The given rows of a table, in that order, copied at once: for tables that are read more than once. */
export function copyRows(table: Table, rows: Int32Array): Table {
  const chosen = { rows, spans: spansOf(rows, BLOCK_ROWS), doubles: newDoubles }
  return {
    rows: rows.length,
    columns: table.columns.map((column) =>
      column.kind === 'bytes' ? gatherFiles(column, rows) : gather(column, chosen),
    ),
  }
}

/** Of the rows `from` to `to`, which are asked for once for each column: the last ones that began there. */
function keptSpans(rows: Int32Array): (from: number, to: number) => readonly Span[] {
  const kept = new Map<number, { readonly to: number; readonly spans: readonly Span[] }>()
  return (from, to) => {
    const known = kept.get(from)
    if (known?.to === to) return known.spans
    const spans = spansOf(rows.subarray(from, to), BLOCK_ROWS)
    kept.set(from, { to, spans })
    return spans
  }
}

interface Chosen {
  readonly rows: Int32Array
  /** Of the rows: what is read of a column that lies in a file. */
  readonly spans: readonly Span[]
  readonly doubles: Doubles
}

/** The given rows of one column, copied. */
function gather(column: ReadableColumn, { rows, spans, doubles }: Chosen): ReadableColumn {
  if (column.kind === 'numeric') return gatherNumbers(column, { rows, spans, doubles })
  const { first, last } = wholeSpan(spans)
  const read = last < 0 ? undefined : readPart(column, first, last + 1)
  return gatherOthers((read ?? column) as typeof column, rows, read === undefined ? 0 : first)
}

function gatherNumbers(column: NumericColumn, { rows, spans, doubles }: Chosen): NumericColumn {
  const values = doubles(rows.length)
  if (!isReadLater(column)) copyAt(column.values, { rows, first: 0, to: values })
  else {
    const memory = spans.length > 1 ? reusedDoubles() : { doubles, clear: () => {} }
    for (const { from, to, first, last } of spans) {
      if (last < 0) continue
      const part = readPart(column, first, last + 1, memory.doubles) as NumericColumn
      copyAt(part.values, { rows: rows.subarray(from, to), first, to: values.subarray(from, to) })
      memory.clear()
    }
  }
  return { kind: 'numeric', name: column.name, values }
}

/** @param options.first the row that `values` begins with */
function copyAt(
  values: Float64Array,
  { rows, first, to }: { rows: Int32Array; first: number; to: Float64Array },
): void {
  for (let at = 0; at < rows.length; at++) to[at] = values[(rows[at] as number) - first] as number
}

/** @param first the row that the column begins with */
function gatherOthers(
  source: Exclude<ReadableColumn, NumericColumn>,
  rows: Int32Array,
  first: number,
): ReadableColumn {
  const { name } = source
  switch (source.kind) {
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
export const sliceRows = (
  table: Table,
  { from, to, doubles }: { from: number; to: number; doubles?: Doubles },
): Table => ({
  rows: to - from,
  columns: table.columns.map((column) => sliceColumn(column, { from, to, doubles })),
})

export interface RowBlock {
  /** The number of its first row. */
  readonly from: number
  readonly block: Table
}

/** Blocks of rows one after the other, each as `sliceRows` gives it. */
export function* blocksOf(table: Table, rows: number = BLOCK_ROWS): Generator<RowBlock> {
  for (let from = 0; from < table.rows; from += rows) {
    yield { from, block: sliceRows(table, { from, to: Math.min(from + rows, table.rows) }) }
  }
}

/** The same blocks, in memory that the next one takes: nothing of a block may be held any longer. */
export function* passingBlocks(table: Table, rows: number = BLOCK_ROWS): Generator<RowBlock> {
  const { doubles, clear }: ReusedDoubles = reusedDoubles()
  for (let from = 0; from < table.rows; from += rows) {
    clear()
    yield { from, block: sliceRows(table, { from, to: Math.min(from + rows, table.rows), doubles }) }
  }
}

function sliceColumn(
  column: Column,
  { from, to, doubles }: { from: number; to: number; doubles: Doubles | undefined },
): Column {
  const read = readPart(column, from, to, doubles) ?? column
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

/** The same column in memory, for what reads its rows one by one; numbers that were not there in what `doubles` gives. */
export const heldColumn = <Kind extends Column>(column: Kind, doubles?: Doubles): Kind =>
  (readWhole(column, doubles) as Kind | undefined) ?? column

/** Elements of a block of that shape. */
export const sizeOfShape = (shape: readonly number[]): number =>
  shape.reduce((product, each) => product * each, 1)
