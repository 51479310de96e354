import { join } from 'node:path'
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { type DatasetColumn, type DatasetSnapshot, kindOfType } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import { type ColumnCount, countValues } from './count-values.js'
import { columnId, literal, withDuckDb } from './duckdb.js'
import type { StoredType } from './infer-types.js'
import { indexOfColumn, partsOf } from './read-table.js'
import { parquetForm } from './write-part.js'

/** A column that is to stand behind those of a dataset. */
export interface AddedColumn {
  readonly name: string
  readonly type: 'boolean' | 'integer' | 'number' | 'category' | 'list'
}

/** Takes the cells of the next rows, at most 2,048: one list for each added column; null for missing. */
export type AppendCells = (columns: readonly (readonly DuckDBValue[])[]) => void

/** Cells that are gathered before they are written to disk. */
const GATHERED_CELLS = 2 ** 20
/** Snappy makes a table about so many times smaller; groups of rows are sized before it. */
const UNPACKED = 3

/**
 * Writes rows of a dataset with further columns behind them as one Parquet file, `part.parquet` in the folder. Memory
 * does not grow with the rows.
 *
 * @param options.kept names of the dataset's columns that stand there, in their order
 * @param options.path where the file of a part stands, by its sha256
 * @param options.folder for it and temporary files; whoever asks removes it
 * @param fill appends cells for every row, from the first to the last
 * @returns the file's path and all columns, counted
 * @throws FlywheelError artifact-damaged when the dataset's parts do not hold what they should; storage-full
 */
export async function addColumns(
  {
    snapshot,
    kept,
    added,
    path,
    folder,
  }: {
    snapshot: DatasetSnapshot
    kept: readonly string[]
    added: readonly AddedColumn[]
    path: (sha256: string) => string
    folder: string
  },
  fill: (append: AppendCells) => Promise<void>,
): Promise<{ path: string; columns: DatasetColumn[] }> {
  const output = join(folder, 'part.parquet')
  const columns = kept.map((name) => snapshot.columns[indexOfColumn(snapshot, name)] as DatasetColumn)
  const types = [...columns, ...added].map(storedType)
  return withDuckDb(
    { spillFolder: join(folder, 'spill'), threads: 1, memory: '512MB' },
    async (connection) => {
      await connection.run(`attach ${literal(join(folder, 'added.db'))} as added`)
      await fillCells(connection, { added, first: kept.length, fill })
      const own = added.map((_, at) => `a.${columnId(kept.length + at)}`)
      const others = kept.map((name, at) => `p.${columnId(indexOfColumn(snapshot, name))} as ${columnId(at)}`)
      // Scans of both, side by side: neither is gathered.
      const from = `${partsOf(snapshot, path)} p positional join added.cells a`
      const storedBytes = snapshot.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      await connection.run(
        `copy (select ${[...others, ...own].join(', ')} from ${kept.length === 0 ? 'added.cells a' : from}) ` +
          `to ${literal(output)} ${parquetForm(types, (UNPACKED * storedBytes) / snapshot.rows)}`,
      )
      const known = (at: number) => columns[at] ?? null
      const counts = await countValues(connection, { paths: [output], types, known })
      checkKept(counts, { snapshot, columns })
      return { path: output, columns: [...columns, ...added.map(counted(counts, kept.length))] }
    },
  )
}

async function fillCells(
  connection: DuckDBConnection,
  {
    added,
    first,
    fill,
  }: { added: readonly AddedColumn[]; first: number; fill: (append: AppendCells) => Promise<void> },
): Promise<void> {
  const duckdb = await import('@duckdb/node-api')
  const sqlTypes: Record<AddedColumn['type'], DuckDBType> = {
    boolean: duckdb.BOOLEAN,
    integer: duckdb.BIGINT,
    number: duckdb.DOUBLE,
    category: duckdb.VARCHAR,
    list: duckdb.VARCHAR,
  }
  const types = added.map(({ type }) => sqlTypes[type])
  const columns = types.map((type, at) => `${columnId(first + at)} ${type}`)
  await connection.run(`create table added.cells (${columns.join(', ')})`)
  const appender = await connection.createAppender('cells', 'main', 'added')
  let gathered = 0
  try {
    await fill((cells) => {
      const rows = cells[0]?.length ?? 0
      const chunk = duckdb.DuckDBDataChunk.create(types, rows)
      chunk.setColumns(cells)
      appender.appendDataChunk(chunk)
      gathered += rows * cells.length
      if (gathered < GATHERED_CELLS) return
      appender.flushSync()
      gathered = 0
    })
  } finally {
    appender.closeSync()
  }
}

function storedType({ type }: Pick<DatasetColumn, 'type'>): StoredType {
  if (type === 'image') return 'vector'
  return kindOfType(type) === 'text' ? 'text' : (type as StoredType)
}

/** What was kept must be what was counted when the dataset was made: parts that were read otherwise must not pass unseen. */
function checkKept(
  { rows, columns: counts }: { rows: number; columns: readonly ColumnCount[] },
  { snapshot, columns }: { snapshot: DatasetSnapshot; columns: readonly DatasetColumn[] },
): void {
  const isSame =
    rows === snapshot.rows && columns.every(({ missing }, at) => counts[at]?.present === rows - missing)
  if (isSame) return
  const { name, version } = snapshot
  throw new FlywheelError('artifact-damaged', `${name}@${version} holds other rows than it should`)
}

const counted =
  ({ rows, columns: counts }: { rows: number; columns: readonly ColumnCount[] }, first: number) =>
  ({ name, type }: AddedColumn, at: number): DatasetColumn => {
    const { present, distinct, rarestRows } = counts[first + at] as ColumnCount
    return {
      name,
      type,
      missing: rows - present,
      distinct,
      ...(rarestRows === undefined ? {} : { rarestRows }),
    }
  }
