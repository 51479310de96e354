import type { DatasetColumn, DatasetSnapshot } from '../contracts/dataset.js'
import { columnId, literal, withDuckDb } from './duckdb.js'
import { partsOf } from './read-table.js'

/** Milliseconds since 1970 of the years 1 to 9999: what ISO 8601 has four digits for. */
const [FIRST_DATE, LAST_DATE] = [-62_135_596_800_000, 253_402_300_799_999]

/**
 * Writes a dataset version as CSV that uploads read again: comma, a header, nothing for a missing value, dates in ISO
 * 8601, vectors as lists, images as base64.
 */
export async function writeCsv({
  snapshot,
  path,
  output,
  spillFolder,
}: {
  snapshot: DatasetSnapshot
  path: (sha256: string) => string
  output: string
  spillFolder: string
}): Promise<void> {
  const { columns } = snapshot
  const terms = columns.map((column, index) => `${termOf(column, columnId(index))} as ${columnId(index)}`)
  // Names that differ only by case are one to SQL: the header is written as a row.
  const header = columns.map(({ name }, index) => `${literal(name)} as ${columnId(index)}`)
  const texts = terms.map((_, index) => `${columnId(index)}::varchar as ${columnId(index)}`)
  // A line with nothing on it would be no row.
  const missing = columns.length === 1 ? 'NA' : ''
  await withDuckDb({ spillFolder, threads: 1 }, (connection) =>
    connection.run(
      `copy (select ${header.join(', ')} union all ` +
        `select ${texts.join(', ')} from (select ${terms.join(', ')} from ${partsOf(snapshot, path)})) ` +
        `to ${literal(output)} (format csv, header false, delimiter ',', quote '"', escape '"', nullstr ${literal(missing)})`,
    ),
  )
}

function termOf({ type }: DatasetColumn, id: string): string {
  switch (type) {
    case 'date': {
      const time = `strftime(make_timestamp((${id} * 1000)::bigint), '%Y-%m-%dT%H:%M:%S.%gZ')`
      return `case when ${id} between ${FIRST_DATE} and ${LAST_DATE} then ${time} end`
    }
    case 'image':
      return `to_base64(${id})`
    default:
      return id
  }
}
