import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnCount } from '../count-values.js'
import { columnId, parquetFiles } from '../duckdb.js'

/** Numbers that lie far from the rest of their column. */
export interface Outliers {
  readonly rows: number
  /** The fences: what lies beyond them is counted. */
  readonly low: number
  readonly high: number
  /** The values that lie furthest out on both sides. */
  readonly minimum: number
  readonly maximum: number
}

/** Tukey’s outer fences (Exploratory Data Analysis, 1977): a normal sample has two values in a million beyond them. */
const INTERQUARTILE_RANGES = 3
/** Codes and counts of few different values have no tails. */
const MIN_DISTINCT = 20
/** Quartiles are those of so many rows, taken in vectors from all over the files. */
const SAMPLE_ROWS = 100_000
const VECTOR_ROWS = 2048
const BATCH = 64

/** Counts values beyond the outer fences. Columns of which the middle half is one value have no fences. */
export async function findOutliers(
  connection: DuckDBConnection,
  {
    paths,
    rows,
    numbers,
  }: {
    paths: readonly string[]
    rows: number
    numbers: readonly { readonly column: number; readonly count: ColumnCount }[]
  },
): Promise<Map<number, Outliers>> {
  const found = new Map<number, Outliers>()
  const columns = numbers.filter(({ count }) => count.distinct > MIN_DISTINCT)
  for (let start = 0; start < columns.length; start += BATCH) {
    const ids = columns.slice(start, start + BATCH).map(({ column }) => column)
    const fences = await fencesOf(connection, { paths, rows, ids })
    if (fences.length === 0) continue
    const terms = fences.flatMap(({ column, low, high }) => {
      const id = columnId(column)
      const isOut = `${id} < ${double(low)} or ${id} > ${double(high)}`
      return [`count(*) filter (${isOut})`, `min(${id})::double`, `max(${id})::double`]
    })
    const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${parquetFiles(paths)}`)
    const figures = (reader.getRows()[0] ?? []).map(Number)
    for (const [at, { column, low, high }] of fences.entries()) {
      const [out = 0, minimum = 0, maximum = 0] = figures.slice(3 * at)
      if (out > 0) found.set(column, { rows: out, low, high, minimum, maximum })
    }
  }
  return found
}

async function fencesOf(
  connection: DuckDBConnection,
  { paths, rows, ids }: { paths: readonly string[]; rows: number; ids: readonly number[] },
): Promise<{ column: number; low: number; high: number }[]> {
  const step = Math.ceil(rows / SAMPLE_ROWS)
  const source =
    step === 1
      ? parquetFiles(paths)
      : `${parquetFiles(paths, { hasRowNumbers: true })} where file_row_number // ${VECTOR_ROWS} % ${step} = 0`
  const terms = ids.map((column) => `quantile_cont(${columnId(column)}::double, [0.25, 0.75])`)
  const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${source}`)
  const quartiles = (reader.getRows()[0] ?? []) as ({ items: readonly number[] } | null)[]
  return ids.flatMap((column, at) => {
    const [first = 0, third = 0] = quartiles[at]?.items ?? []
    const reach = INTERQUARTILE_RANGES * (third - first)
    const [low, high] = [first - reach, third + reach]
    return reach > 0 && Number.isFinite(low) && Number.isFinite(high) ? [{ column, low, high }] : []
  })
}

const double = (value: number): string => `${value}::double`
