import type { DuckDBConnection } from '@duckdb/node-api'
import { columnId, parquetFiles } from './duckdb.js'
import type { StoredType } from './infer-types.js'
import { countRarest, MAX_RAREST_DISTINCT } from './rarest-rows.js'

/** What the stored values of a column come to. */
export interface ColumnCount {
  /** Rows that hold a value. */
  readonly present: number
  /** Different values; estimated where there are many in a large dataset. */
  readonly distinct: number
  /** Mean bytes of a text; 0 for other types. */
  readonly meanBytes: number
  /** Rows of the rarest value, for integers with at most 20 different ones. */
  readonly rarestRows?: number
  /** Whole numbers from the least to the greatest, where integers nearly all differ. */
  readonly span?: number
}

/** What is known of a column's values without counting them. */
export type KnownValues = Pick<ColumnCount, 'distinct' | 'rarestRows'>

/** Columns in one query: each needs a hash table for exact counts. */
const BATCH = 64
/** Columns in one query of mere counts. */
const COUNT_BATCH = 1024
const LARGE_BATCH = 8
/** Below this many cells everything is counted exactly. */
const EXACT_CELLS = 20_000_000
/** Estimates below this are replaced by exact counts. */
const EXACT_DISTINCT = 5_000
/** An estimate at least this near to the number of values may mean that all are different. */
const IDENTIFIER_SHARE = 0.8
/** Hashes of a column that are held in memory at once, about 16 bytes each; so many columns stand in one query. */
const HELD_VALUES = 4_000_000
/** Integers of which that share differs may number the rows. */
const NUMBERING_SHARE = 0.9

/**
 * Counts rows and values of Parquet files.
 *
 * @param options.known what needs no counting, by column; null for others
 */
export async function countValues(
  connection: DuckDBConnection,
  {
    paths,
    types,
    known,
  }: {
    paths: readonly string[]
    types: readonly StoredType[]
    known: (column: number) => KnownValues | null
  },
): Promise<{ rows: number; columns: ColumnCount[] }> {
  const from = parquetFiles(paths)
  await connection.run('set threads = 2')
  const [rows = 0] = await figures(connection, `select count(*) from ${from}`)
  const count = counter(connection, from)
  const columns = types.map((_, column) => column)
  const present = await count(columns, { batch: COUNT_BATCH, term: (id) => `count(${id})` })
  const texts = columns.filter((column) => types[column] === 'text')
  const bytes = await count(texts, { batch: BATCH, term: (id) => `coalesce(avg(strlen(${id})), 0)` })
  const values = new Map(columns.map((column) => [column, known(column)]))
  const unknown = columns.filter((column) => values.get(column) === null)
  const distinct = await distinctValues(unknown, { count, types, present, rows })
  const mayBeClass = (column: number) =>
    types[column] === 'integer' && (distinct.get(column) ?? 0) <= MAX_RAREST_DISTINCT
  const rarest = await countRarest(count, unknown.filter(mayBeClass))
  const mayBeNumbering = (column: number) =>
    types[column] === 'integer' &&
    (values.get(column)?.distinct ?? distinct.get(column) ?? 0) >=
      NUMBERING_SHARE * Math.max(present.get(column) ?? 0, 1)
  const spans = await count(columns.filter(mayBeNumbering), {
    batch: COUNT_BATCH,
    term: (id) => `max(${id})::double - min(${id})::double + 1`,
  })
  return {
    rows,
    columns: columns.map((column) => {
      const found = values.get(column) ?? { distinct: distinct.get(column) ?? 0, ...rarest.get(column) }
      const span = spans.get(column)
      return {
        present: present.get(column) ?? 0,
        meanBytes: bytes.get(column) ?? 0,
        ...onlyClasses(found),
        ...(span === undefined ? {} : { span }),
      }
    }),
  }
}

/** The rarest value says something only where there are few. */
const onlyClasses = ({ distinct, rarestRows }: KnownValues): KnownValues =>
  rarestRows === undefined || distinct === 0 || distinct > MAX_RAREST_DISTINCT
    ? { distinct }
    : { distinct, rarestRows }

/** One aggregate over each of some columns. */
export type Count = (
  columns: readonly number[],
  options: { batch: number; term: (id: string, column: number) => string },
) => Promise<Map<number, number>>

const counter =
  (connection: DuckDBConnection, from: string): Count =>
  async (columns, { batch, term }) => {
    const counts = new Map<number, number>()
    for (let start = 0; start < columns.length; start += batch) {
      const some = columns.slice(start, start + batch)
      const terms = some.map((column) => term(columnId(column), column))
      const row = await figures(connection, `select ${terms.join(', ')} from ${from}`)
      for (const [position, column] of some.entries()) counts.set(column, row[position] ?? 0)
    }
    return counts
  }

/** Exact in small datasets; in large ones exact where there are few, and by a share of the values where all may differ. */
async function distinctValues(
  columns: readonly number[],
  {
    count,
    types,
    present,
    rows,
  }: {
    count: Count
    types: readonly StoredType[]
    present: ReadonlyMap<number, number>
    rows: number
  },
): Promise<Map<number, number>> {
  const exact = (id: string) => `count(distinct ${id})`
  if (rows * columns.length <= EXACT_CELLS) return count(columns, { batch: BATCH, term: exact })
  const rough = await count(columns, { batch: BATCH, term: (id) => `approx_count_distinct(${id})` })
  const few: number[] = []
  const maybeAll: number[] = []
  for (const [column, estimate] of rough) {
    const values = present.get(column) ?? 0
    rough.set(column, Math.min(estimate, values))
    if (estimate <= EXACT_DISTINCT) few.push(column)
    else if (types[column] !== 'number' && estimate > IDENTIFIER_SHARE * values) maybeAll.push(column)
  }
  return new Map([
    ...rough,
    ...(await count(few, { batch: BATCH, term: exact })),
    ...(await countHashes(maybeAll, { count, present })),
  ])
}

/**
 * Counts different values by their hashes. Of more than four million values only those are compared whose hash falls
 * into a share of the range: equal values share a hash, so that all differ there where all differ, and the rest is
 * scaled up. What would not fit the memory would take as much of the disk as the file.
 */
async function countHashes(
  columns: readonly number[],
  { count, present }: { count: Count; present: ReadonlyMap<number, number> },
): Promise<Map<number, number>> {
  const isTaken = (id: string, column: number): string => {
    const share = Math.ceil((present.get(column) ?? 0) / HELD_VALUES)
    return share <= 1 ? `${id} is not null` : `${id} is not null and hash(${id}) % ${share} = 0`
  }
  const distinct = await count(columns, {
    batch: LARGE_BATCH,
    term: (id, column) => `count(distinct hash(${id})) filter (${isTaken(id, column)})`,
  })
  const taken = await count(columns, {
    batch: COUNT_BATCH,
    term: (id, column) => `count(*) filter (${isTaken(id, column)})`,
  })
  return new Map(
    [...distinct].map(([column, different]) => {
      const scale = (present.get(column) ?? 0) / Math.max(1, taken.get(column) ?? 0)
      return [column, Math.round(different * scale)]
    }),
  )
}

async function figures(connection: DuckDBConnection, sql: string): Promise<number[]> {
  const reader = await connection.runAndReadAll(sql)
  return (reader.getRows()[0] ?? []).map(Number)
}
