import type { DuckDBConnection } from '@duckdb/node-api'
import { type DatasetColumn, type DatasetSnapshot, kindOfType } from '../contracts/dataset.js'
import { columnId, parquetFiles } from './duckdb.js'

/** A column of a sample: numbers (dates in milliseconds), texts and booleans; null where the value is missing. */
export interface SampleColumn {
  readonly name: string
  readonly values: readonly (number | string | boolean | null)[]
}

/** Neighbouring rows that are taken together: a reader skips what lies between. */
const RUN_ROWS = 256
/** Columns in one query. */
const BATCH = 500

/** Whether values of such a column can be sampled: images and vectors would fill the memory. */
const isSampled = ({ type }: DatasetColumn): boolean => ['numeric', 'text'].includes(kindOfType(type))

/** A column's values as SQL: numbers as doubles. */
export const valueTerm = ({ type }: DatasetColumn, id: string): string =>
  kindOfType(type) === 'numeric' && type !== 'boolean' ? `${id}::double` : id

/**
 * Reads about so many rows from all over a version, the same ones for all columns.
 *
 * @param options.columns numbers of the columns; those that can not be sampled are left out
 */
export async function sampleRows(
  connection: DuckDBConnection,
  {
    snapshot,
    path,
    columns,
    rows: wanted,
  }: {
    snapshot: DatasetSnapshot
    path: (sha256: string) => string
    columns: readonly number[]
    rows: number
  },
): Promise<SampleColumn[]> {
  const paths = snapshot.parts.map(({ sha256 }) => path(sha256))
  const step = Math.ceil(snapshot.rows / wanted)
  const from =
    step === 1
      ? parquetFiles(paths)
      : `${parquetFiles(paths, { hasRowNumbers: true })} where file_row_number // ${RUN_ROWS} % ${step} = 0`
  const sampled = columns.flatMap((index) => {
    const column = snapshot.columns[index] as DatasetColumn
    return isSampled(column) ? [{ name: column.name, term: valueTerm(column, columnId(index)) }] : []
  })
  const sample: SampleColumn[] = []
  for (let start = 0; start < sampled.length; start += BATCH) {
    const batch = sampled.slice(start, start + BATCH)
    const list = batch.map(({ term }) => term).join(', ')
    // Files of a few rows each are taken whole: the limit bounds their number.
    const reader = await connection.runAndReadAll(`select ${list} from ${from} limit ${2 * wanted}`)
    const values = reader.getColumns() as SampleColumn['values'][]
    sample.push(...batch.map(({ name }, at) => ({ name, values: values[at] ?? [] })))
  }
  return sample
}
