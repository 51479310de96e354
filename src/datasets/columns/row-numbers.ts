import type { Column, NumericColumn, TensorColumn, TextColumn } from '../../contracts/table.js'
import { sizeOfShape } from '../select-rows.js'
import type { ReadableColumn } from './later-column.js'

/** What the rows of a column are made of: doubles, codes of texts, or blocks of float32. */
export type Numbers = Float64Array | Int32Array | Float32Array
type NumbersConstructor = Float64ArrayConstructor | Int32ArrayConstructor | Float32ArrayConstructor

const types = { numeric: Float64Array, text: Int32Array, tensor: Float32Array } as const

export const numbersOf = ({ kind }: ReadableColumn): NumbersConstructor => types[kind]

/** Elements of a row. */
export const rowElements = (column: ReadableColumn): number =>
  column.kind === 'tensor' ? sizeOfShape(column.shape) : 1

/** All elements of a column. @throws TypeError for files */
export function elementsOf(column: Column): Numbers {
  if (column.kind === 'bytes') throw new TypeError(`the column ${column.name} holds files`)
  return column.kind === 'text' ? column.codes : column.values
}

/** The same column with other rows. */
export function withElements(like: ReadableColumn, elements: Numbers): ReadableColumn {
  const { name } = like
  switch (like.kind) {
    case 'numeric':
      return { kind: 'numeric', name, values: elements as Float64Array } satisfies NumericColumn
    case 'text':
      return {
        kind: 'text',
        name,
        codes: elements as Int32Array,
        dictionary: like.dictionary,
      } satisfies TextColumn
    case 'tensor':
      return {
        kind: 'tensor',
        name,
        rowKind: like.rowKind,
        shape: like.shape,
        ...(like.tokens === undefined ? {} : { tokens: like.tokens }),
        values: elements as Float32Array,
      } satisfies TensorColumn
  }
}
