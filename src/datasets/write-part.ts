import { stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FlywheelError } from '../contracts/errors.js'
import { MISSING_WORDS } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import type { LineEnd } from './csv/record-scanner.js'
import { columnId, literal } from './duckdb.js'
import type { StoredType } from './infer-types.js'
import { LIMITS } from './limits.js'

/** What is known of rows that were checked. */
export interface CheckedRows {
  readonly types: readonly StoredType[]
  /** Of the good rows. */
  readonly tally: ColumnTally
  readonly rows: number
}

/** A checked CSV file, and how it is to be read. */
export interface CheckedCsv extends CheckedRows {
  readonly path: string
  readonly delimiter: string
  readonly lineEnd: LineEnd | null
  readonly hasHeader: boolean
  /** Whether it was written by us: nothing to trim, and only empty cells are missing. */
  readonly isClean: boolean
}

/** Bytes of a Parquet row group before compression: a writer and each reader hold one in memory. */
const ROW_GROUP_BYTES = 32 * 1024 ** 2
/** DuckDB sets aside as much for the dictionary of each text column, whatever it holds. */
const DICTIONARY_BYTES = 1024 ** 2
/** For the dictionaries of all of them. */
const DICTIONARIES_BYTES = 64 * DICTIONARY_BYTES
const VECTOR_ROWS = 2048
const MAX_ROW_GROUP_ROWS = 122_880
/** Vectors of so many columns need more memory than usual. */
const MANY_COLUMNS = 2000
/** A record whose every byte is a quote, doubled; DuckDB’s own buffers would be 16 times as large. */
const MAX_LINE_BYTES = 2 * LIMITS.recordBytes + 1024

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
  await useOneThread(connection, csv.types.length)
  const columns = csv.types.map((type, index) => `${cast(type, { csv, index })} as ${columnId(index)}`)
  const rowBytes = (await stat(csv.path)).size / Math.max(1, csv.rows)
  const copy =
    `copy (select ${columns.join(', ')} from ${source(csv)}) to ${literal(output)} ` +
    parquetForm(csv.types, rowBytes)
  try {
    await connection.run(copy)
  } catch (error) {
    throw error instanceof Error && error.message.includes('CSV Error') ? ambiguous(error) : error
  }
}

/** Copying in order keeps one thread at work; others would only wait for it, and hold a vector of every column. */
export async function useOneThread(connection: DuckDBConnection, columns: number): Promise<void> {
  await connection.run('set threads = 1')
  if (columns > MANY_COLUMNS) await connection.run("set memory_limit = '2GB'")
}

const escaped: Readonly<Record<LineEnd, string>> = { '\n': '\\n', '\r\n': '\\r\\n', '\r': '\\r' }

function source({ path, delimiter, lineEnd, hasHeader, isClean, types }: CheckedCsv): string {
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
    `new_line='${escaped[lineEnd ?? '\n']}'`,
    `max_line_size=${MAX_LINE_BYTES}`,
    `buffer_size=${2 * MAX_LINE_BYTES}`,
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
    case 'date':
      return csv.isClean
        ? `try_cast(${id} as double)`
        : `epoch_us(try_cast(${trimmed} as timestamp))::double / 1000`
    case 'vector':
      return `try_cast(${trimmed} as double[])`
    case 'text':
      return isPadded
        ? `case when ${trimmed} in ('', ${MISSING_WORDS.map(literal).join(', ')}) then null else ${trimmed} end`
        : id
  }
}

/**
 * How a part is stored, as options of SQL.
 *
 * @param textBytes of a row's texts, on average
 */
export function parquetForm(types: readonly StoredType[], textBytes: number): string {
  const texts = types.filter((type) => type === 'text' || type === 'vector').length
  const dictionaryBytes = Math.min(DICTIONARY_BYTES, Math.floor(DICTIONARIES_BYTES / Math.max(1, texts)))
  return (
    `(format parquet, compression snappy, row_group_size ${rowsPerGroup(types, { texts, textBytes })}, ` +
    `string_dictionary_page_size_limit ${dictionaryBytes})`
  )
}

function rowsPerGroup(
  types: readonly StoredType[],
  { texts, textBytes }: { texts: number; textBytes: number },
): number {
  const rowBytes = 8 * (types.length - texts) + (texts === 0 ? 0 : textBytes + 16 * texts)
  const vectors = Math.floor(ROW_GROUP_BYTES / rowBytes / VECTOR_ROWS)
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS)
}

/** What is stored must be what was counted: two readers that disagree about a file must not pass unseen. */
export function compareCounts(
  { rows, tally }: CheckedRows,
  stored: { rows: number; present: readonly number[] },
): void {
  const isSame =
    stored.rows === rows && stored.present.every((count, column) => count === tally.present(column))
  if (isSame) return
  throw ambiguous()
}

const ambiguous = (cause?: Error): FlywheelError =>
  new FlywheelError('dataset-invalid', 'The file’s quotes or line ends can be read in more than one way', {
    remedy: 'Write the file again with a CSV writer (RFC 4180) and upload it',
    cause,
  })
