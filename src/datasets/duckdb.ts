import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FlywheelError } from '../contracts/errors.js'
import { storageFull } from '../contracts/storage-full.js'

/**
 * Runs work on a DuckDB of its own, in memory, that can not load extensions or reach the network.
 *
 * @param options.spillFolder where it may put what does not fit its memory; made when it is missing
 * @throws FlywheelError storage-full when its files find no space; dataset-invalid when its memory does not suffice
 */
export async function withDuckDb<T>(
  {
    spillFolder,
    memory = '1GB',
    threads = Math.min(4, availableParallelism()),
  }: { spillFolder?: string; memory?: string; threads?: number },
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  if (spillFolder !== undefined) await mkdir(spillFolder, { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    threads: String(threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
    temp_directory: spillFolder ?? '',
  })
  try {
    const connection = await instance.connect()
    await connection.run('set parquet_metadata_cache = true')
    try {
      return await work(connection)
    } finally {
      connection.closeSync()
    }
  } catch (error) {
    throw asFlywheelError(error)
  } finally {
    instance.closeSync()
  }
}

function asFlywheelError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : ''
  if (/No space left on device|Disk quota exceeded/i.test(message)) {
    return storageFull(error)
  }
  if (message.startsWith('Out of Memory Error')) {
    return new FlywheelError('dataset-invalid', 'The data needs more memory than a reader is given', {
      cause: error,
      remedy: 'Split the data, or leave out columns and very long texts',
    })
  }
  return error
}

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The name of a column in stored files: names that users choose may differ only by case, which SQL ignores. */
export const columnId = (index: number): string => `c${index}`

/**
 * Parquet files as one table of SQL, rows in their order. A column may be of integers in one file and of numbers in
 * another: it is of numbers then, where the first file alone would round the others.
 *
 * @param options.hasRowNumbers adds `file_row_number`, which counts anew in each file
 */
export const parquetFiles = (
  paths: readonly string[],
  { hasRowNumbers = false }: { hasRowNumbers?: boolean } = {},
): string =>
  `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true${hasRowNumbers ? ', file_row_number = true' : ''})`

/** Cells that are copied into memory rather than asked for in files: some tens of megabytes. */
const NARROW_CELLS = 1_000_000

/**
 * Some columns as a table of their own, rows in their order, where they are few cells: each query over files with
 * thousands of columns takes as many steps before it begins, and there is one for each column.
 *
 * @returns what stands behind `from`; it holds until the next call
 */
export async function narrowed(
  connection: DuckDBConnection,
  { from, ids, rows }: { from: string; ids: readonly string[]; rows: number },
): Promise<string> {
  if (rows * ids.length > NARROW_CELLS) return from
  await connection.run(`create or replace temp table narrow as select ${ids.join(', ')} from ${from}`)
  return 'narrow'
}
