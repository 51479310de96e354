import type { Fault } from './typed-cell.js'

/** What is wrong with a row as a whole, or with a value of it. */
export type RowFault = Fault & { readonly name?: string }

/** A row of a format whose values have types; only valid during the call that gets it. */
export interface TypedRow {
  /** From 1; blank rows are not counted. */
  readonly row: number
  /** Of the file; null where it has no lines. */
  readonly line: number | null
  /** By column: numbers, texts, booleans, bigints, null; undefined where the row leaves it out. */
  readonly values: readonly unknown[]
  /** What is wrong with the row as a whole, or with names that are no columns: null for neither. */
  readonly faults: readonly RowFault[] | null
}

/** A file's rows. They are walked twice: to choose types, and to check against them. */
export interface RowSource {
  /** The columns; they may become more while the rows are walked for the first time. */
  readonly names: readonly string[]
  walk(onRow: (row: TypedRow) => void): Promise<void>
  /** After the first walk: names that come up from now on are errors. */
  close(): void
}
