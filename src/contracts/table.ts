/** A numeric or boolean column: one double per row; NaN where the value is missing; booleans are 0 and 1. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
}

/** A text column, dictionary-coded: one code per row, the index of its text; −1 where the value is missing. */
export interface TextColumn {
  readonly kind: 'text'
  readonly name: string
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

export type Column = NumericColumn | TextColumn

/** Rows in columns: what readers give, transforms change and a model's features are copied from. */
export interface Table {
  readonly rows: number
  readonly columns: readonly Column[]
}
