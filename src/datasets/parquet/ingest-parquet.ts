import { stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FlywheelError } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { type CheckedUpload, checkRowCount, givenTypes } from '../check-upload.js'
import { columnId, literal } from '../duckdb.js'
import { inferTypes, type StoredType, vectorLengths } from '../infer-types.js'
import { ingestTable } from '../ingest-table.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import { parquetForm, useOneThread } from '../write-part.js'
import { checkFooter, damagedParquet } from './check-footer.js'
import { type ParquetColumn, parquetColumns, source } from './parquet-columns.js'
import { parquetRows } from './parquet-rows.js'
import {
  checkClaims,
  checkParquetExpansion,
  storedDate,
  storedText,
  surveyParquet,
} from './survey-parquet.js'

export async function ingestParquet(request: IngestRequest): Promise<Ingested> {
  await checkFooter(request.path)
  return ingestTable(request, (connection) =>
    storeParquet(connection, request).catch((error: unknown) => {
      throw isDamage(error) ? damagedParquet(firstLine(error as Error), error) : error
    }),
  )
}

/** What DuckDB says of files that contradict themselves. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof FlywheelError) &&
  !/No space left|Disk quota|^Out of Memory/i.test(error.message)

const firstLine = ({ message }: Error): string => (message.split('\n', 1)[0] ?? '').slice(0, 200)

/** Good files are stored by SQL alone; where a value does not fit, rows are read one by one. */
async function storeParquet(connection: DuckDBConnection, request: IngestRequest): Promise<CheckedUpload> {
  const { path, output } = request
  const sizeBytes = (await stat(path)).size
  const columns = await parquetColumns(connection, path)
  await checkClaims(connection, { path, sizeBytes, columns: columns.length })
  const { rows, tally, impossible, textBytes } = await surveyParquet(connection, { path, columns })
  checkRowCount(rows)
  checkParquetExpansion(textBytes, sizeBytes)
  const names = columns.map(({ name }) => name)
  const types = inferTypes(names, { tally, given: givenTypes(request, names), areListsApart: true })
  const lengths = vectorLengths(names, { types, tally, known: request.appendTo?.columns })
  const isAsLong = (index: number) =>
    tally.isUniform(index) && [0, lengths[index]].includes(tally.vectorLength(index))
  const terms = columns.map((column, index) =>
    storedValue(column, {
      type: types[index] as StoredType,
      isEmpty: tally.present(index) === 0,
      isAsLong: isAsLong(index),
    }),
  )
  if (impossible > 0 || terms.includes(null)) {
    return storeTypedRows(connection, { request, source: parquetRows(connection, { path, columns }) })
  }
  await useOneThread(connection, columns.length)
  const list = terms.map((term, index) => `${term} as ${columnId(index)}`).join(', ')
  const form = parquetForm(types, textBytes / rows)
  await connection.run(
    `copy (select ${list} from ${source(path, columns.length)}) to ${literal(output)} ${form}`,
  )
  const checked = { types, tally, rows }
  return { names, checked, errors: { rows: 0, listed: [] }, rowsRead: rows, findings: [] }
}

const sqlTypes: Readonly<Record<StoredType, string>> = {
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  text: 'varchar',
  date: 'double',
  vector: 'double[]',
}

/** A column's values in the type that they are stored in, as SQL; null where each must be looked at. */
function storedValue(
  { kind, value }: ParquetColumn,
  { type, isEmpty, isAsLong }: { type: StoredType; isEmpty: boolean; isAsLong: boolean },
): string | null {
  const sqlType = sqlTypes[type]
  if (isEmpty) return `null::${sqlType}`
  if (type === 'date') return kind === 'date' || kind === 'text' ? storedDate(value) : null
  if (kind === 'vector') return type === 'vector' && isAsLong ? value : null
  if (kind === 'text') return type === 'text' ? storedText(value) : null
  const isPlain = kind === type || (kind === 'integer' && (type === 'number' || type === 'text'))
  return isPlain ? `(${value})::${sqlType}` : null
}
