import { rename } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { DatasetColumn } from '../contracts/dataset.js'
import type { IngestRequest } from '../contracts/reader.js'
import type { CheckedUpload } from './check-upload.js'
import { ColumnTally } from './column-tally.js'
import { columnId, literal } from './duckdb.js'
import { inferTypes, type StoredType } from './infer-types.js'
import { parquetForm } from './write-part.js'

/**
 * Brings the stored columns of appended rows into the order of their dataset; those that the file leaves out are missing.
 * What stands in that order already is left as it is.
 */
export async function arrangeColumns(
  connection: DuckDBConnection,
  { request: { appendTo, output }, upload }: { request: IngestRequest; upload: CheckedUpload },
): Promise<CheckedUpload> {
  const wanted = appendTo?.columns
  const { names, checked } = upload
  if (wanted === undefined || isSame(names, wanted)) return upload
  const from = wanted.map(({ name }) => names.indexOf(name))
  const types = wanted.map((column, index) => checked.types[from[index] as number] ?? typeOf(column))
  const terms = from.map((index, column) => {
    const value = index === -1 ? `null::${sqlTypes[types[column] as StoredType]}` : columnId(index)
    return `${value} as ${columnId(column)}`
  })
  const arranged = `${output}.arranged`
  await connection.run(
    `copy (select ${terms.join(', ')} from read_parquet(${literal(output)})) to ${literal(arranged)} ` +
      parquetForm(types, ROW_BYTES),
  )
  await rename(arranged, output)
  return {
    ...upload,
    names: wanted.map(({ name }) => name),
    checked: { rows: checked.rows, types, tally: checked.tally.arranged(from) },
  }
}

/** A guess of what a row's texts take. */
const ROW_BYTES = 1024

const isSame = (names: readonly string[], wanted: readonly DatasetColumn[]): boolean =>
  names.length === wanted.length && names.every((name, column) => name === wanted[column]?.name)

const typeOf = ({ name, type }: DatasetColumn): StoredType =>
  inferTypes([name], { tally: new ColumnTally(1), given: new Map([[name, type]]) })[0] as StoredType

const sqlTypes: Readonly<Record<StoredType, string>> = {
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  text: 'varchar',
  date: 'double',
  vector: 'double[]',
}
