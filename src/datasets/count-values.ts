import type { DuckDBConnection } from '@duckdb/node-api'
import { columnId, literal } from './duckdb.js'
import type { StoredType } from './infer-types.js'
import { countRarest } from './rarest-rows.js'

/** What the stored values of a column come to. */
export interface ColumnCount {
  /** Rows that hold a value. */
  readonly present: number
  /** Different values; estimated to a few percent where there are many. */
  readonly distinct: number
  /** Mean bytes of a text; 0 for other types. */
  readonly meanBytes: number
  /** Rows of the rarest value, for integers with at most 20 different ones. */
  readonly rarestRows?: number
}

/** Columns in one query: each needs a hash table. */
const BATCH = 64
/** Below this many cells everything is counted exactly. */
const EXACT_CELLS = 20_000_000
/** Estimates below this are replaced by exact counts. */
const EXACT_DISTINCT = 5_000

export async function countValues(
  connection: DuckDBConnection,
  { paths, types }: { paths: readonly string[]; types: readonly StoredType[] },
): Promise<{ rows: number; columns: ColumnCount[] }> {
  const from = `read_parquet([${paths.map(literal).join(', ')}])`
  const [[rows = 0] = []] = await numbers(connection, `select count(*) from ${from}`)
  const columns: ColumnCount[] = []
  for (let start = 0; start < types.length; start += BATCH) {
    const indices = types.slice(start, start + BATCH).map((_, offset) => start + offset)
    const isSmall = rows * types.length <= EXACT_CELLS
    const rough = await aggregate(connection, { from, indices, types, isExact: isSmall })
    columns.push(...(isSmall ? rough : await refine(connection, { from, indices, rough })))
  }
  return { rows, columns: await countRarest(connection, { from, types, counts: columns }) }
}

async function aggregate(
  connection: DuckDBConnection,
  {
    from,
    indices,
    types,
    isExact,
  }: { from: string; indices: readonly number[]; types: readonly StoredType[]; isExact: boolean },
): Promise<ColumnCount[]> {
  const terms = indices.flatMap((index) => {
    const id = columnId(index)
    const distinct = isExact ? `count(distinct ${id})` : `approx_count_distinct(${id})`
    return [`count(${id})`, distinct, types[index] === 'text' ? `coalesce(avg(strlen(${id})), 0)` : '0']
  })
  const [row = []] = await numbers(connection, `select ${terms.join(', ')} from ${from}`)
  return indices.map((_, position) => {
    const [present = 0, distinct = 0, meanBytes = 0] = row.slice(3 * position, 3 * position + 3)
    return { present, distinct: Math.min(distinct, present), meanBytes }
  })
}

/** Counts exactly where few values are expected, and where all may be different, as in an identifier. */
async function refine(
  connection: DuckDBConnection,
  { from, indices, rough }: { from: string; indices: readonly number[]; rough: readonly ColumnCount[] },
): Promise<ColumnCount[]> {
  const refined: ColumnCount[] = []
  for (const [position, count] of rough.entries()) {
    const mayBeIdentifier = count.distinct > 0.8 * count.present
    if (count.distinct > EXACT_DISTINCT && !mayBeIdentifier) {
      refined.push(count)
      continue
    }
    const id = columnId(indices[position] as number)
    const [[distinct = 0] = []] = await numbers(
      connection,
      `select count(distinct hash(${id})) from ${from} where ${id} is not null`,
    )
    refined.push({ ...count, distinct })
  }
  return refined
}

async function numbers(connection: DuckDBConnection, sql: string): Promise<number[][]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRows().map((row) => row.map(Number))
}
