import { literal, withDuckDb } from '../../src/datasets/duckdb.js'

export type FileFormat = 'csv' | 'parquet'

/** Columns of numbers, x0, x1, …, beside the target y. */
export const columns = 30
/** Of the numbers. */
const missing = 0.02
/** The columns that the target follows from. */
const telling = 5

/** The same rows for the same number of them, whatever the format. */
export const generateFile = (
  path: string,
  { rows, format }: { rows: number; format: FileFormat },
): Promise<void> =>
  withDuckDb({ threads: 2 }, async (connection) => {
    const numbers = Array.from({ length: columns }, (_, column) => {
      const value = `round((${uniform(column)} + ${uniform(100 + column)} - 1) * ${column + 1}, 4)`
      return `case when ${uniform(200 + column)} < ${missing} then null else ${value} end as x${column}`
    })
    const score = Array.from({ length: telling }, (_, column) => uniform(column)).join(' + ')
    const target = `case when ${score} + ${uniform(300)} / 2 > ${telling / 2 + 0.25} then 'yes' else 'no' end as y`
    const query = `select ${[...numbers, target].join(', ')} from (select range as row from range(${rows}))`
    const options = format === 'csv' ? 'format csv, header true' : 'format parquet, compression snappy'
    await connection.run(`copy (${query}) to ${literal(path)} (${options})`)
  })

/** In [0, 1), from the row's number alone. */
const uniform = (stream: number): string => `(hash(row * 512 + ${stream}) / 18446744073709551616.0::double)`
