import type { DuckDBConnection } from '@duckdb/node-api'
import { FlywheelError } from '../../contracts/errors.js'
import { Cell, MISSING_WORDS } from '../cell-grammar.js'
import { ColumnTally } from '../column-tally.js'
import { literal } from '../duckdb.js'
import { LONGEST_DATE } from '../iso-time.js'
import { LIMITS } from '../limits.js'
import { type ParquetColumn, source, type ValueKind } from './parquet-columns.js'

/** What all values of a file are. */
export interface ParquetSurvey {
  readonly rows: number
  readonly tally: ColumnTally
  /** Values that no cell can hold: infinite numbers, texts with NUL characters or that are too long. */
  readonly impossible: number
  /** Bytes of all texts. */
  readonly textBytes: number
}

/** Columns in one query. */
const BATCH = 64

/** Runs of equal values shrink to nothing; what expands further than this is no data. */
const EXPANSION = { ratio: 1000, freeBytes: 1024 ** 3 } as const
const NUMBER_BYTES = 8

/**
 * Refuses a file that claims far more values than its size can mean, before they are read.
 *
 * @returns how many rows it claims
 * @throws FlywheelError dataset-invalid
 */
export async function checkClaims(
  connection: DuckDBConnection,
  { path, sizeBytes, columns }: { path: string; sizeBytes: number; columns: number },
): Promise<number> {
  const [rows = 0, unpacked = 0] = await figures(
    connection,
    `select (select num_rows from parquet_file_metadata(${literal(path)})), ` +
      `(select sum(total_uncompressed_size) from parquet_metadata(${literal(path)}))`,
  )
  if (rows > LIMITS.rows) {
    throw new FlywheelError('dataset-invalid', `There are ${rows} rows; at most ${LIMITS.rows} are accepted`)
  }
  checkParquetExpansion(Math.max(unpacked, rows * columns * NUMBER_BYTES), sizeBytes)
  return rows
}

/** @throws FlywheelError dataset-invalid */
export function checkParquetExpansion(expandedBytes: number, sizeBytes: number): void {
  const most = Math.max(EXPANSION.freeBytes, EXPANSION.ratio * sizeBytes)
  if (expandedBytes <= most) return
  throw new FlywheelError(
    'dataset-invalid',
    `The Parquet file of ${sizeBytes} bytes expands to ${expandedBytes} bytes; at most ${EXPANSION.ratio} times its size ` +
      `are accepted beyond ${EXPANSION.freeBytes}`,
    { remedy: 'Send it in parts, or as CSV' },
  )
}

/** Counts in SQL what the values of each column are. */
export async function surveyParquet(
  connection: DuckDBConnection,
  { path, columns }: { path: string; columns: readonly ParquetColumn[] },
): Promise<ParquetSurvey> {
  const from = source(path, columns.length)
  const [rows = 0] = await figures(connection, `select count(*) from ${from}`)
  const tally = new ColumnTally(columns.length)
  let [impossible, textBytes] = [0, 0]
  for (let start = 0; start < columns.length; start += BATCH) {
    const some = columns.slice(start, start + BATCH)
    const terms = some.flatMap(({ kind, value }) => [`count(${value})`, ...termsOf[kind](value)])
    const found = await figures(connection, `select ${terms.join(', ')} from ${from}`)
    let at = 0
    for (const [index, { kind }] of some.entries()) {
      const [present = 0, ...special] = found.slice(at, at + 1 + counts[kind])
      at += 1 + counts[kind]
      const column = start + index
      tally.addCells(column, Cell.missing, rows - present)
      if (kind === 'boolean') tally.addCells(column, Cell.boolean, present)
      else if (kind === 'number') {
        const [infinite = 0] = special
        tally.addCells(column, Cell.number, present - infinite)
        impossible += infinite
      } else if (kind === 'integer') {
        const [wide = 0] = special
        tally.addCells(column, Cell.integer, present - wide)
        tally.addCells(column, Cell.wideInteger, wide)
      } else if (kind === 'date') tally.addCells(column, Cell.date, present)
      else if (kind === 'list') tally.addCells(column, Cell.list, present)
      else if (kind === 'vector') {
        const [bad = 0, shortest = 0, longest = 0] = special
        tally.addCells(column, Cell.vector, present - bad)
        for (const length of [shortest, longest]) if (length > 0) tally.addVector(column, length)
        impossible += bad
      } else {
        const [words = 0, blank = 0, spaced = 0, bad = 0, bytes = 0, dates = 0] = special
        tally.addCells(column, Cell.missing, words)
        tally.addCells(column, Cell.blank, blank)
        tally.addCells(column, Cell.date, dates)
        tally.addCells(column, Cell.text, present - words - blank - dates)
        tally.addSpaced(column, spaced)
        impossible += bad
        textBytes += bytes
      }
    }
  }
  return { rows, tally, impossible, textBytes }
}

const words = MISSING_WORDS.map(literal).join(', ')
/** As `isPlainDate` has it. */
const PLAIN_DATE = '\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d([.]\\d{1,6})?)?)?'
const trimmed = (value: string): string => `trim(${value}, ' \t')`

/** What is counted beside the values that are there. */
const termsOf: Readonly<Record<ValueKind, (value: string) => string[]>> = {
  boolean: () => [],
  integer: (value) => [`count(*) filter (abs(${value}::hugeint) > ${Number.MAX_SAFE_INTEGER})`],
  number: (value) => [`count(*) filter (isinf(${value}))`],
  text: (value) => [
    `count(*) filter (${trimmed(value)} in (${words}))`,
    `count(*) filter (${trimmed(value)} = '')`,
    `count(*) filter (${trimmed(value)} <> ${value} and ${trimmed(value)} not in ('', ${words}))`,
    `count(*) filter (contains(${value}, chr(0)) or strlen(${value}) > ${LIMITS.cellBytes})`,
    `coalesce(sum(strlen(${value})), 0)`,
    `count(*) filter (case when strlen(${value}) <= ${LONGEST_DATE} then regexp_full_match(${trimmed(value)}, ${literal(PLAIN_DATE)}) ` +
      `and try_cast(${trimmed(value)} as timestamp) is not null else false end)`,
  ],
  date: () => [],
  list: () => [],
  vector: (value) => [
    `count(*) filter (len(${value}) = 0 or len(list_filter(${value}, lambda x: x is null or not isfinite(x))) > 0)`,
    `min(len(${value}))`,
    `max(len(${value}))`,
  ],
}
const counts: Readonly<Record<ValueKind, number>> = {
  boolean: 0,
  integer: 1,
  number: 1,
  text: 6,
  date: 0,
  list: 0,
  vector: 3,
}

/** The text that is stored: trimmed, null for a missing value. */
export const storedText = (value: string): string =>
  `if(${trimmed(value)} in ('', ${words}), null, ${trimmed(value)})`

/** A time as it is stored: milliseconds since 1970. */
export const storedDate = (value: string): string =>
  `epoch_us(try_cast(${trimmed(value)} as timestamp))::double / 1000`

async function figures(connection: DuckDBConnection, sql: string): Promise<number[]> {
  const reader = await connection.runAndReadAll(sql)
  return (reader.getRows()[0] ?? []).map(Number)
}
