import type { RowKind } from './family.js'

/** A numeric or boolean column: one double per row; NaN where the value is missing; booleans are 0 and 1. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
}

/** Gives memory for so many doubles, which may hold anything: every one of them is to be written. */
export type Doubles = (length: number) => Float64Array

/** A text column, dictionary-coded: one code per row, the index of its text; −1 where the value is missing. */
export interface TextColumn {
  readonly kind: 'text'
  readonly name: string
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

/** Files, one per row: the bytes of an image or a recording; null where it is missing. */
export interface BytesColumn {
  readonly kind: 'bytes'
  readonly name: string
  readonly values: readonly (Uint8Array | null)[]
}

/** A block of numbers per row: pixels, token ids, a vector, the samples of a recording, boxes; what is shorter is filled up. */
export interface TensorColumn extends TensorLayout {
  readonly kind: 'tensor'
  readonly name: string
  /** [rows, ...shape], row-major. */
  readonly values: Float32Array
}

/** How the numbers of one row are laid out, and what they are. */
export interface TensorLayout {
  readonly rowKind: RowKind
  /** Of one row. */
  readonly shape: readonly number[]
  /** How many token ids there are, where the elements are ids. */
  readonly tokens?: number
}

/** A column of single values. */
export type ScalarColumn = NumericColumn | TextColumn

export type Column = ScalarColumn | BytesColumn | TensorColumn

/**
 * Rows in columns: what readers give, transforms change and a model's features are copied from.
 *
 * Columns may lie in a file. Their `values` or `codes` then are read whenever they are asked for, and are not kept: ask
 * once for each column, not for each row.
 */
export interface Table {
  readonly rows: number
  readonly columns: readonly Column[]
}
