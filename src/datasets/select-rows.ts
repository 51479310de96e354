import type {
  BytesColumn,
  Column,
  NumericColumn,
  Table,
  TensorColumn,
  TextColumn,
} from '../contracts/table.js'

/**
 * The given rows of a table, in that order. A column is copied when its values are first read and not kept:
 * walking the columns one by one never holds a second copy of the whole table.
 */
export const selectRows = (table: Table, rows: Int32Array): Table => ({
  rows: rows.length,
  columns: table.columns.map((column) => selectFromColumn(column, rows)),
})

/** The given rows of a table, in that order, copied at once: for tables that are read more than once. */
export const copyRows = (table: Table, rows: Int32Array): Table => ({
  rows: rows.length,
  columns: selectRows(table, rows).columns.map((column) => ({ ...column })),
})

/** The given rows of one column; copied at each reading of its values. */
function selectFromColumn(column: Column, rows: Int32Array): Column {
  switch (column.kind) {
    case 'numeric':
      return selectedNumbers(column, rows)
    case 'text':
      return selectedText(column, rows)
    case 'bytes':
      return selectedBytes(column, rows)
    case 'tensor':
      return selectedTensors(column, rows)
  }
}

/** Rows `from` (included) to `to` (excluded), as views of the same memory. */
export const sliceRows = (table: Table, { from, to }: { from: number; to: number }): Table => ({
  rows: to - from,
  columns: table.columns.map((column) => sliceColumn(column, from, to)),
})

function sliceColumn(column: Column, from: number, to: number): Column {
  switch (column.kind) {
    case 'numeric':
      return { kind: 'numeric', name: column.name, values: column.values.subarray(from, to) }
    case 'text':
      return { ...column, codes: column.codes.subarray(from, to) }
    case 'bytes':
      return { ...column, values: column.values.slice(from, to) }
    case 'tensor': {
      const size = sizeOfShape(column.shape)
      return { ...column, values: column.values.subarray(from * size, to * size) }
    }
  }
}

/** Elements of a block of that shape. */
export const sizeOfShape = (shape: readonly number[]): number =>
  shape.reduce((product, each) => product * each, 1)

const selectedNumbers = ({ name, values }: NumericColumn, rows: Int32Array): NumericColumn => ({
  kind: 'numeric',
  name,
  get values() {
    const selected = new Float64Array(rows.length)
    for (let at = 0; at < selected.length; at++) selected[at] = values[rows[at] as number] as number
    return selected
  },
})

const selectedText = ({ name, codes, dictionary }: TextColumn, rows: Int32Array): TextColumn => ({
  kind: 'text',
  name,
  dictionary,
  get codes() {
    const selected = new Int32Array(rows.length)
    for (let at = 0; at < selected.length; at++) selected[at] = codes[rows[at] as number] as number
    return selected
  },
})

const selectedBytes = ({ name, values }: BytesColumn, rows: Int32Array): BytesColumn => ({
  kind: 'bytes',
  name,
  values: Array.from(rows, (row) => values[row] ?? null),
})

const selectedTensors = ({ values, ...column }: TensorColumn, rows: Int32Array): TensorColumn => ({
  ...column,
  get values() {
    const size = sizeOfShape(column.shape)
    const selected = new Float32Array(rows.length * size)
    rows.forEach((row, at) => {
      selected.set(values.subarray(row * size, (row + 1) * size), at * size)
    })
    return selected
  },
})
