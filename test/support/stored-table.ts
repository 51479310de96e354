import type { Table } from '../../src/contracts/table.js'
import type { ColumnStore } from '../../src/datasets/columns/column-store.js'
import { blocksOf } from '../../src/datasets/select-rows.js'

/** The same table with its columns in a store, written in parts of so many rows. */
export function storedTable(table: Table, store: ColumnStore, partRows = 1000): Table {
  const writers = table.columns.map((column) => store.add(column, table.rows))
  for (const { block } of blocksOf(table, partRows)) {
    for (const [index, column] of block.columns.entries()) writers[index]?.write(column)
  }
  return { rows: table.rows, columns: writers.map(({ column }) => column) }
}
