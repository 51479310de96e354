import type {
  BytesColumn,
  Column,
  Doubles,
  NumericColumn,
  TensorColumn,
  TextColumn,
} from '../../contracts/table.js'

/** Columns that can be read later: files stay in memory. */
export type ReadableColumn = Exclude<Column, BytesColumn>

/** Reads the rows `from` (included) to `to` (excluded) of a column; numbers into memory that `doubles` gives. */
type ReadRows = (from: number, to: number, doubles?: Doubles) => ReadableColumn

/** By column: a copy by `{ ...column }` holds what it has read, and is none of these. */
const readers = new WeakMap<Column, { readonly rows: number; readonly read: ReadRows }>()

/**
 * A column of so many rows that are read whenever they are asked for, and not kept: all of them by `values` or `codes`,
 * some of them by `readPart`.
 *
 * @param like kind, name, layout and dictionary; its rows are not looked at
 */
export function laterColumn(
  like: ReadableColumn,
  { rows, read }: { rows: number; read: ReadRows },
): ReadableColumn {
  const column = withRows(like, () => read(0, rows))
  readers.set(column, { rows, read })
  return column
}

/** Some rows of a column that is read later; undefined for columns in memory. */
export const readPart = (column: Column, from: number, to: number, doubles?: Doubles): Column | undefined =>
  readers.get(column)?.read(from, to, doubles)

/** All rows of a column that is read later; undefined for columns in memory. */
export function readWhole(column: Column, doubles?: Doubles): Column | undefined {
  const reader = readers.get(column)
  return reader?.read(0, reader.rows, doubles)
}

/** Whether it is read whenever it is asked for. */
export const isReadLater = (column: Column): boolean => readers.has(column)

function withRows(like: ReadableColumn, all: () => ReadableColumn): ReadableColumn {
  const { name } = like
  switch (like.kind) {
    case 'numeric':
      return {
        kind: 'numeric',
        name,
        get values() {
          return (all() as NumericColumn).values
        },
      }
    case 'text':
      return {
        kind: 'text',
        name,
        dictionary: like.dictionary,
        get codes() {
          return (all() as TextColumn).codes
        },
      }
    case 'tensor':
      return {
        kind: 'tensor',
        name,
        rowKind: like.rowKind,
        shape: like.shape,
        ...(like.tokens === undefined ? {} : { tokens: like.tokens }),
        get values() {
          return (all() as TensorColumn).values
        },
      }
  }
}
