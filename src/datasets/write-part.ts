import { stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FlywheelError } from '../contracts/errors.js'
import { MISSING_WORDS } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import { columnId, literal } from './duckdb.js'
import type { StoredType } from './infer-types.js'
import { LIMITS } from './limits.js'

/** A checked CSV file, and how it is to be read. */
export interface CheckedCsv {
  readonly path: string
  readonly delimiter: string
  readonly hasHeader: boolean
  /** Whether it was written by us: nothing to trim, and only empty cells are missing. */
  readonly isClean: boolean
  readonly types: readonly StoredType[]
  /** Of the file's rows. */
  readonly tally: ColumnTally
  readonly rows: number
}

/** Bytes of a Parquet row group before compression: a writer and each reader hold one in memory. */
const ROW_GROUP_BYTES = 32 * 1024 ** 2
const VECTOR_ROWS = 2048
const WIDE_COLUMNS = 200
const MAX_ROW_GROUP_ROWS = 122_880

/**
 * Stores the rows as one Parquet file, in their order, columns named c0, c1, ….
 *
 * @throws FlywheelError dataset-invalid when DuckDB reads other rows or values than the check has counted
 */
export async function writePart(
  connection: DuckDBConnection,
  csv: CheckedCsv,
  output: string,
): Promise<void> {
  // Wide rows do not fit the caches of two threads, which then take longer than one.
  await connection.run(`set threads = ${csv.types.length > WIDE_COLUMNS ? 1 : 2}`)
  const columns = csv.types.map((type, index) => `${cast(type, { csv, index })} as ${columnId(index)}`)
  const groupRows = rowsPerGroup(csv, (await stat(csv.path)).size)
  await connection.run(
    `copy (select ${columns.join(', ')} from ${source(csv)}) to ${literal(output)} ` +
      `(format parquet, compression snappy, row_group_size ${groupRows})`,
  )
}

function source({ path, delimiter, hasHeader, isClean, types }: CheckedCsv): string {
  const columns = types.map((_, index) => `'${columnId(index)}': 'VARCHAR'`)
  const missing = ['', ...(isClean ? [] : MISSING_WORDS)].map(literal)
  const options = [
    literal(path),
    'auto_detect=false',
    `header=${hasHeader}`,
    `delim=${literal(delimiter)}`,
    `quote='"'`,
    `escape='"'`,
    `nullstr=[${missing.join(', ')}]`,
    `max_line_size=${2 * LIMITS.recordBytes + 1024}`,
    `columns={${columns.join(', ')}}`,
  ]
  return `read_csv(${options.join(', ')})`
}

/** Text to the stored type; the check has seen that every value fits. */
function cast(type: StoredType, { csv, index }: { csv: CheckedCsv; index: number }): string {
  const id = columnId(index)
  const isPadded = !csv.isClean && csv.tally.isPadded(index)
  const trimmed = isPadded ? `trim(${id}, ' \t')` : id
  switch (type) {
    case 'integer':
      return `try_cast(${trimmed} as bigint)`
    case 'number':
      return `try_cast(${isPadded ? `nullif(${trimmed}, 'NaN')` : id} as double)`
    case 'boolean':
      return `try_cast(${trimmed} as boolean)`
    case 'text':
      return isPadded
        ? `case when ${trimmed} in ('', ${MISSING_WORDS.map(literal).join(', ')}) then null else ${trimmed} end`
        : id
  }
}

function rowsPerGroup({ types, rows }: CheckedCsv, fileBytes: number): number {
  const texts = types.filter((type) => type === 'text').length
  const textBytes = texts === 0 ? 0 : fileBytes / Math.max(1, rows) + 16 * texts
  const rowBytes = 8 * (types.length - texts) + textBytes
  const vectors = Math.floor(ROW_GROUP_BYTES / rowBytes / VECTOR_ROWS)
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS)
}

/** What is stored must be what was counted: two readers that disagree about a file must not pass unseen. */
export function compareCounts(csv: CheckedCsv, stored: { rows: number; present: readonly number[] }): void {
  const isSame =
    stored.rows === csv.rows && stored.present.every((count, column) => count === csv.tally.present(column))
  if (isSame) return
  throw new FlywheelError(
    'dataset-invalid',
    'The file’s quotes or line ends can be read in more than one way',
    {
      remedy: 'Write the file again with a CSV writer (RFC 4180) and upload it',
    },
  )
}
