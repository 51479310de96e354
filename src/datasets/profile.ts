import type { DuckDBBlobValue, DuckDBConnection } from '@duckdb/node-api'
import { type Static, Type } from 'typebox'
import { ColumnType, type DatasetColumn, type DatasetSnapshot } from '../contracts/dataset.js'
import { columnId, narrowed, withDuckDb } from './duckdb.js'
import { type Correlations, correlations } from './profile/correlations.js'
import { histogramOf, quantilesOf } from './profile/distribution.js'
import { isNumericType, partsOf } from './read-table.js'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const figure = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

/** What the values of one column look like. Figures of numbers are null where the column has none. */
export const ColumnProfile = Type.Object({
  name: Type.String(),
  type: ColumnType,
  count: count('Rows with a value'),
  missing: count('Rows without one'),
  distinct: count('Different values'),
  numbers: Type.Union(
    [
      Type.Object({
        mean: figure('Arithmetic mean'),
        deviation: figure('Standard deviation of the sample, n − 1'),
        minimum: figure('Least value'),
        maximum: figure('Greatest value'),
        quantiles: Type.Object(
          {
            p5: Type.Number(),
            p25: Type.Number(),
            p50: Type.Number(),
            p75: Type.Number(),
            p95: Type.Number(),
          },
          { description: 'Linearly interpolated between the nearest two values' },
        ),
        histogram: Type.Object(
          {
            edges: Type.Array(Type.Number(), { description: 'Of equal width, one more than counts' }),
            counts: Type.Array(Type.Integer({ minimum: 0 })),
          },
          { description: 'Each bin holds its lower edge; the last one its upper edge too' },
        ),
      }),
      Type.Null(),
    ],
    {
      description:
        'Of dates in milliseconds since 1970. Null for text, booleans, vectors and images, and for a column without values',
    },
  ),
  top: Type.Union(
    [
      Type.Array(
        Type.Object({
          value: Type.Union([Type.String(), Type.Boolean()]),
          count: Type.Integer({ minimum: 1 }),
        }),
      ),
      Type.Null(),
    ],
    {
      description:
        'The ten most frequent values of text and booleans; null for numbers, dates, vectors and images',
    },
  ),
  images: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Of images: at most twelve from all over the rows, at most 128 pixels wide and high, as data URLs',
    }),
  ),
})
export type ColumnProfile = Static<typeof ColumnProfile>

export interface Profile {
  readonly rows: number
  /** Rows from which quantiles and histograms were taken: all, or every n-th of a large dataset. */
  readonly sampledRows: number
  readonly columns: readonly ColumnProfile[]
  readonly correlations: Correlations
}

/** More rows than this are sampled evenly for quantiles and histograms; all other figures are of every row. */
const SAMPLE_ROWS = 1_000_000
const BATCH = 64
const TOP_VALUES = 10
/** Texts are shown up to this many characters. */
const TOP_LENGTH = 200

/** Per-column statistics of a dataset version. */
export async function profile({
  snapshot,
  path,
  spillFolder,
}: {
  snapshot: DatasetSnapshot
  path: (sha256: string) => string
  spillFolder: string
}): Promise<Profile> {
  const files = partsOf(snapshot, path)
  const step = Math.ceil(snapshot.rows / SAMPLE_ROWS)
  return withDuckDb({ spillFolder, threads: 2 }, async (connection) => {
    const columns: ColumnProfile[] = []
    for (let start = 0; start < snapshot.columns.length; start += BATCH) {
      const batch = snapshot.columns.slice(start, start + BATCH).map((column, offset) => ({
        column,
        id: columnId(start + offset),
      }))
      // Images are looked at where they lie.
      const hasImages = batch.some(({ column }) => column.type === 'image')
      const ids = batch.map(({ id }) => id)
      const from = hasImages ? files : await narrowed(connection, { from: files, ids, rows: snapshot.rows })
      const moments = await readMoments(connection, { from, batch })
      for (const [position, { column, id }] of batch.entries()) {
        const base = {
          name: column.name,
          type: column.type,
          count: snapshot.rows - column.missing,
          missing: column.missing,
          distinct: column.distinct,
        }
        if (column.type === 'image') {
          const images = await sampleImages(connection, { from, id, rows: snapshot.rows })
          columns.push({ ...base, numbers: null, top: null, images })
          continue
        }
        columns.push(
          hasMoments(column)
            ? {
                ...base,
                numbers: await numbers(connection, { from, id, step, moments: moments[position] ?? [] }),
                top: null,
              }
            : {
                ...base,
                numbers: null,
                top: column.type === 'vector' ? null : await topValues(connection, { from, id, column }),
              },
        )
      }
    }
    return {
      rows: snapshot.rows,
      sampledRows: Math.ceil(snapshot.rows / step),
      columns,
      correlations: await correlations(connection, { snapshot, path }),
    }
  })
}

/** Images that are shown. */
const SAMPLES = 12

async function sampleImages(
  connection: DuckDBConnection,
  { from, id, rows }: { from: string; id: string; rows: number },
): Promise<string[]> {
  const { thumbnails } = await import('./images/thumbnails.js')
  const every = Math.max(1, Math.floor(rows / SAMPLES))
  const reader = await connection.runAndReadAll(
    `select ${id} from (select ${id}, row_number() over () as number from ${from}) ` +
      `where (number - 1) % ${every} = 0 and ${id} is not null order by number limit ${SAMPLES}`,
  )
  const files = reader.getRows().map(([file]) => (file as DuckDBBlobValue).bytes)
  return (await thumbnails(files)).filter((image) => image !== null)
}

interface BatchColumn {
  readonly column: DatasetColumn
  readonly id: string
}

/** Mean, deviation, minimum and maximum of each column; nulls for text. */
async function readMoments(
  connection: DuckDBConnection,
  { from, batch }: { from: string; batch: readonly BatchColumn[] },
): Promise<(number | null)[][]> {
  const ask = async (terms: readonly string[]) => {
    const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${from}`)
    return (reader.getRows()[0] ?? []) as (number | null)[]
  }
  const extremes = await ask(
    batch.flatMap(({ column, id }) =>
      hasMoments(column) ? [`min(${id})::double`, `max(${id})::double`] : ['null', 'null'],
    ),
  )
  const scales = batch.map((_, at) => scaleOf(extremes[2 * at] ?? 0, extremes[2 * at + 1] ?? 0))
  const moments = await ask(
    batch.flatMap(({ column, id }, at) => {
      const scaled = `${id}::double / ${scales[at]}::double`
      return hasMoments(column) ? [`avg(${scaled})`, `stddev_samp(${scaled})`] : ['null', 'null']
    }),
  )
  return batch.map((_, at) => {
    const [mean = null, deviation = null] = moments
      .slice(2 * at, 2 * at + 2)
      .map((value) => rescaled(value, scales[at] ?? 1))
    return [mean, deviation, extremes[2 * at] ?? null, extremes[2 * at + 1] ?? null]
  })
}

const hasMoments = (column: DatasetColumn): boolean => isNumericType(column) && column.type !== 'boolean'

/** Sums of squares of larger numbers would overflow, so these are divided first. */
const LARGE = 1e140

const scaleOf = (minimum: number, maximum: number): number => {
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum))
  return largest > LARGE ? largest : 1
}

const rescaled = (value: number | null | undefined, scale: number): number | null =>
  value === null || value === undefined ? null : finiteOrNull(value * scale)

const finiteOrNull = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null

async function numbers(
  connection: DuckDBConnection,
  {
    from,
    id,
    step,
    moments,
  }: { from: string; id: string; step: number; moments: readonly (number | null)[] },
): Promise<ColumnProfile['numbers']> {
  const [mean = null, deviation = null, minimum = null, maximum = null] = moments
  if (minimum === null || maximum === null) return null
  const sampled =
    step === 1
      ? from
      : `(select ${id}, row_number() over () as number from ${from}) where number % ${step} = 1 and`
  const where = step === 1 ? `${sampled} where` : sampled
  const reader = await connection.runAndReadAll(`select ${id}::double from ${where} ${id} is not null`)
  const values = Float64Array.from((reader.getColumns()[0] ?? []) as number[]).sort()
  return {
    mean,
    deviation,
    minimum,
    maximum,
    quantiles: quantilesOf(values.length > 0 ? values : Float64Array.of(minimum, maximum)),
    histogram: histogramOf(values, { minimum, maximum }),
  }
}

async function topValues(
  connection: DuckDBConnection,
  { from, id, column }: { from: string; id: string; column: DatasetColumn },
): Promise<NonNullable<ColumnProfile['top']>> {
  const value = column.type === 'boolean' ? id : `${id}[:${TOP_LENGTH}]`
  const reader = await connection.runAndReadAll(
    `select ${value}, number from (select ${id}, count(*) as number from ${from} where ${id} is not null ` +
      `group by ${id} order by number desc, ${id} limit ${TOP_VALUES}) order by number desc, ${id}`,
  )
  return reader
    .getRows()
    .map(([entry, number]) => ({ value: entry as string | boolean, count: Number(number) }))
}
