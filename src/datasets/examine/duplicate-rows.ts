import type { DuckDBConnection } from '@duckdb/node-api'
import { columnId } from '../duckdb.js'

/** Rows whose hashes are held in memory at once, about 16 bytes each. */
const HELD_ROWS = 4_000_000
/** Columns that one call of the hash function takes without trouble. */
const COLUMNS = 1000

/**
 * Counts rows that equal one before them, by a 64-bit hash of all cells. Of more than four million rows only those
 * are compared whose hash falls into a share of the range: equal rows share a hash, so that the share's
 * duplicates, scaled up, are an estimate without bias.
 */
export async function countDuplicates(
  connection: DuckDBConnection,
  { from, rows, columns }: { from: string; rows: number; columns: number },
): Promise<number> {
  if (columns > COLUMNS) return countWide(connection, { from, columns })
  const share = Math.ceil(rows / HELD_ROWS)
  const hash = `select hash(${idsOf(0, columns)}) as h from ${from}`
  const reader = await connection.runAndReadAll(
    `select count(*) - count(distinct h) from (${hash}) where h % ${share} = 0`,
  )
  return Number(reader.getRows()[0]?.[0] ?? 0) * share
}

const idsOf = (start: number, end: number): string =>
  Array.from({ length: end - start }, (_, at) => columnId(start + at)).join(', ')

/** A file of bounded size with so many columns has few rows: one hash for each is held here. */
async function countWide(
  connection: DuckDBConnection,
  { from, columns }: { from: string; columns: number },
): Promise<number> {
  const keys: string[] = []
  for (let start = 0; start < columns; start += COLUMNS) {
    const ids = idsOf(start, Math.min(start + COLUMNS, columns))
    const reader = await connection.runAndReadAll(`select hash(${ids}) from ${from}`)
    for (const [row, hash] of (reader.getColumns()[0] ?? []).entries()) {
      keys[row] = `${keys[row] ?? ''} ${hash}`
    }
  }
  return keys.length - new Set(keys).size
}
