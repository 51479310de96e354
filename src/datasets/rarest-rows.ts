import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnCount } from './count-values.js'
import { columnId } from './duckdb.js'
import type { StoredType } from './infer-types.js'

/** Integers with more different values are not taken for classes, however often each stands. */
const MAX_DISTINCT = 20
/** Columns in one query. */
const BATCH = 64

/**
 * Adds how often the rarest value of each integer column with few values stands: it tells classes from quantities.
 *
 * @param from the rows, as a table of SQL
 */
export async function countRarest(
  connection: DuckDBConnection,
  { from, types, counts }: { from: string; types: readonly StoredType[]; counts: readonly ColumnCount[] },
): Promise<ColumnCount[]> {
  const counted = counts.map((count) => ({ ...count }))
  const wanted = counts.flatMap(({ distinct }, index) =>
    types[index] === 'integer' && distinct > 0 && distinct <= MAX_DISTINCT ? [index] : [],
  )
  for (let start = 0; start < wanted.length; start += BATCH) {
    const indices = wanted.slice(start, start + BATCH)
    const terms = indices.map((index) => `list_min(map_values(histogram(${columnId(index)})))`)
    const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${from}`)
    const [row = []] = reader.getRows()
    for (const [position, index] of indices.entries()) {
      counted[index] = { ...(counts[index] as ColumnCount), rarestRows: Number(row[position]) }
    }
  }
  return counted
}
