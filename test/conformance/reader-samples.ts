import { grey, idxOf, tarOf, zipOf } from '../datasets/images/archives.js'
import { parquet } from '../support/parquet.js'
import { workbookOf } from '../support/workbook.js'

/** A value of a table; null is a missing one. */
export type Value = number | string | boolean | null

/** What the suite needs of a format: how its files are written. */
export interface ReaderSample {
  /** Writes rows; a cell of `bad` is written so that it can not be read. Null where its files are no tables of one's own. */
  readonly table:
    | ((columns: readonly string[], rows: readonly (readonly Value[])[]) => Buffer | Promise<Buffer>)
    | null
  /** Any file of the format. */
  readonly any: () => Buffer | Promise<Buffer>
}

const quoted = (value: Value): string =>
  value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value)

const csv = (columns: readonly string[], rows: readonly (readonly Value[])[]): Buffer =>
  Buffer.from([columns, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join(''))

const objects = (columns: readonly string[], rows: readonly (readonly Value[])[]) =>
  rows.map((row) => Object.fromEntries(columns.map((name, column) => [name, row[column]])))

const ndjson = (columns: readonly string[], rows: readonly (readonly Value[])[]): Buffer =>
  Buffer.from(
    objects(columns, rows)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )

const json = (columns: readonly string[], rows: readonly (readonly Value[])[]): Buffer =>
  Buffer.from(JSON.stringify(objects(columns, rows), null, 1))

const excel = (columns: readonly string[], rows: readonly (readonly Value[])[]): Buffer =>
  workbookOf([columns, ...rows], { isPacked: true })

/** Column by column, each in the type of its values. */
async function parquetFile(columns: readonly string[], rows: readonly (readonly Value[])[]): Promise<Buffer> {
  const terms = columns.map((name, column) => {
    const values = rows.map((row) => row[column] ?? null)
    return `unnest([${values.map(sqlOf).join(', ')}]::${sqlType(values)}[]) as "${name}"`
  })
  return parquet(`select ${terms.join(', ')}`)
}

const sqlOf = (value: Value): string =>
  value === null ? 'null' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)

function sqlType(values: readonly Value[]): string {
  const present = values.filter((value) => value !== null)
  if (present.some((value) => typeof value === 'string')) return 'varchar'
  if (present.some((value) => typeof value === 'boolean')) return 'boolean'
  return present.every((value) => Number.isInteger(value)) ? 'bigint' : 'double'
}

const table = (write: NonNullable<ReaderSample['table']>): ReaderSample => ({
  table: write,
  any: () => write(['a', 'b'], [[1, 'x']]),
})

const image = await grey(7)
const files = [
  ['cats/one.png', image],
  ['dogs/two.png', await grey(9)],
] as const

/** By the format's name. */
export const readerSamples: Readonly<Record<string, ReaderSample>> = {
  csv: table(csv),
  ndjson: table(ndjson),
  json: table(json),
  parquet: table(parquetFile),
  excel: table(excel),
  text: { table: null, any: () => Buffer.from('one line\nanother\n') },
  zip: { table: null, any: () => zipOf(files) },
  tar: { table: null, any: () => tarOf(files) },
  idx: { table: null, any: () => idxOf([1, 2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)) },
  'image-parquet': {
    table: null,
    any: () => parquet(`select from_hex('${image.toString('hex')}') as image, 1 as age`),
  },
}
