import type { DatasetColumn, DatasetSnapshot } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { Table } from '../contracts/table.js'
import { chunkColumn, chunkTerm, emptyColumn } from './columns/chunk-columns.js'
import { columnId, withDuckDb } from './duckdb.js'
import { indexOfColumn, partsOf } from './read-table.js'
import { sliceRows } from './select-rows.js'

/** A few thousand rows of a table, and the number of the first of them. */
export interface Block {
  readonly from: number
  readonly table: Table
}

/**
 * Walks a dataset version from its first row to its last, some 2,048 rows at a time: no more of it is ever in memory.
 * Columns are as `readTable` gives them, but for texts, whose dictionaries are each block's own.
 *
 * @param options.columns names, in the order wanted
 * @param options.path where the file of a part stands, by its sha256
 * @param options.after so many rows are passed over
 * @param onBlock is waited for before the next block is read
 * @throws FlywheelError dataset-invalid for a name that the dataset does not have; artifact-damaged
 */
export async function readBlocks(
  {
    snapshot,
    columns,
    path,
    after = 0,
  }: {
    snapshot: DatasetSnapshot
    columns: readonly string[]
    path: (sha256: string) => string
    after?: number
  },
  onBlock: (block: Block) => Promise<void>,
): Promise<void> {
  const indices = columns.map((name) => indexOfColumn(snapshot, name))
  const read = indices.map((index) => snapshot.columns[index] as DatasetColumn)
  const empty = read.map(emptyColumn)
  // Where no column is wanted the rows still count.
  const terms = read.map((column, position) => chunkTerm(column, columnId(indices[position] as number)))
  const sql = `select ${terms.length === 0 ? '1' : terms.join(', ')} from ${partsOf(snapshot, path)}`
  const rows = await withDuckDb({ threads: 1, memory: '512MB' }, async (connection) => {
    const result = await connection.stream(sql)
    let from = 0
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) return from
      const rows = chunk.rowCount
      if (from + rows > after) {
        const columns = empty.map((column, position) => chunkColumn(chunk, column, position))
        const passed = Math.max(0, after - from)
        const table =
          passed === 0 ? { rows, columns } : sliceRows({ rows, columns }, { from: passed, to: rows })
        await onBlock({ from: from + passed, table })
      }
      from += rows
    }
  })
  if (rows === snapshot.rows) return
  const { name, version } = snapshot
  throw new FlywheelError(
    'artifact-damaged',
    `${name}@${version} holds ${rows} rows, not the ${snapshot.rows} that it should have`,
  )
}
