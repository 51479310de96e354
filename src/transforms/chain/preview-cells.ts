import type { Column, Table, TensorLayout } from '../../contracts/table.js'
import { sizeOfShape } from '../../datasets/select-rows.js'

/** A value as it is shown: a number, a text, null for missing; a file's size; the beginning of a block of numbers. */
export type PreviewCell =
  | number
  | string
  | null
  | { readonly sizeBytes: number }
  | (Pick<TensorLayout, 'rowKind'> & {
      readonly shape: readonly number[]
      readonly values: readonly number[]
    })

/** Numbers of a block that are shown. */
const SHOWN_NUMBERS = 1000

/** The rows of a table as objects. */
export const shownRows = ({ rows, columns }: Table): Record<string, PreviewCell>[] => {
  const cells = columns.map((column) => [column.name, cellOf(column)] as const)
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(cells.map(([name, at]) => [name, at(row)])),
  )
}

function cellOf(column: Column): (row: number) => PreviewCell {
  switch (column.kind) {
    case 'numeric':
      return (row) => finite(column.values[row] as number)
    case 'text':
      return (row) => {
        const code = column.codes[row] as number
        return code < 0 ? null : (column.dictionary[code] as string)
      }
    case 'bytes':
      return (row) => {
        const value = column.values[row]
        return value ? { sizeBytes: value.length } : null
      }
    case 'tensor': {
      const { rowKind, values } = column
      const shape = [...column.shape]
      const size = sizeOfShape(shape)
      return (row) => ({
        rowKind,
        shape,
        values: [...values.subarray(row * size, row * size + Math.min(size, SHOWN_NUMBERS))],
      })
    }
  }
}

/** JSON knows no others. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
