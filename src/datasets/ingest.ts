import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnType, DatasetColumn, ValidationReport } from '../contracts/dataset.js'
import { type CheckedUpload, checkCsvUpload, checkNdjsonUpload, startCsv } from './check-upload.js'
import { type ColumnCount, countValues } from './count-values.js'
import type { DelimiterName } from './csv/header.js'
import { describeColumns } from './describe-columns.js'
import { withDuckDb } from './duckdb.js'
import { startEarlyCopy } from './early-copy.js'
import { type Examined, examine } from './examine/examine.js'
import { compareCounts, writePart } from './write-part.js'

export interface IngestRequest {
  /** The uploaded file: text without NUL bytes. */
  readonly path: string
  readonly format: 'csv' | 'ndjson'
  /** For temporary files; whoever asks removes it. */
  readonly folder: string
  /** Where the Parquet file is to be written. */
  readonly output: string
  readonly onInvalidRow: 'reject' | 'skip'
  readonly types: Readonly<Record<string, ColumnType>>
  readonly delimiter?: DelimiterName
  /** The dataset that rows are appended to: they must fit its columns, and are counted with its parts. */
  readonly appendTo?: { readonly columns: readonly DatasetColumn[]; readonly paths: readonly string[] }
}

export interface Ingested {
  /** Rows of the new part. */
  readonly rows: number
  /** Of the whole dataset, what it is appended to included. */
  readonly columns: readonly DatasetColumn[]
  readonly report: ValidationReport
}

/**
 * Reads an uploaded file into one Parquet part: checks its form, chooses the columns' types over all of its values,
 * checks every cell, stores the rows in their order and counts the values. Takes the thread for long stretches.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid (nothing is kept), storage-full
 */
export async function ingest(request: IngestRequest): Promise<Ingested> {
  const { appendTo, types } = request
  const { upload, stored, examined } = await withDuckDb(
    { spillFolder: join(request.folder, 'spill'), threads: 2 },
    async (connection) => {
      const upload = await storeUpload(connection, request)
      return { upload, ...(await countStored(connection, { request, upload })) }
    },
  )
  const { names, csv, errors, rowsRead } = upload
  const { columns, findings } = describeColumns(names, {
    csv,
    stored,
    examined,
    chosen: (name, column) =>
      appendTo ? appendTo.columns[column]?.type : Object.hasOwn(types, name) ? types[name] : undefined,
  })
  const report = {
    rowsRead,
    rowsKept: csv.rows,
    rowsSkipped: errors.rows,
    errors: [...errors.listed],
    findings,
  }
  return { rows: csv.rows, columns, report }
}

/** Files from this size on are stored while they are still being checked. */
const EARLY_COPY_BYTES = 16 * 1024 ** 2

/** Checks the upload and writes its rows to the output. */
async function storeUpload(connection: DuckDBConnection, request: IngestRequest): Promise<CheckedUpload> {
  const { path, format, output } = request
  if (format === 'ndjson') {
    const upload = await checkNdjsonUpload(request)
    await writePart(connection, upload.csv, output)
    return upload
  }
  const start = await startCsv(request)
  const { size } = await stat(path)
  if (size < EARLY_COPY_BYTES) {
    const upload = await checkCsvUpload(start, request)
    await writePart(connection, upload.csv, output)
    return upload
  }
  const copy = await startEarlyCopy(connection, { ...start, fileBytes: size, output })
  const upload = await checkCsvUpload(start, request).catch(async (error: unknown) => {
    await copy.abandon()
    throw error
  })
  if (!(await copy.confirm(upload.csv))) await writePart(connection, upload.csv, output)
  return upload
}

/** Counts what was stored, with the parts that it is appended to. */
async function countStored(
  connection: DuckDBConnection,
  { request, upload: { csv } }: { request: IngestRequest; upload: CheckedUpload },
): Promise<{ stored: { rows: number; columns: readonly ColumnCount[] }; examined: Examined }> {
  const { types, tally } = csv
  const known = (column: number) => tally.smallValues(column)
  const part = await countValues(connection, { paths: [request.output], types, known })
  compareCounts(csv, { rows: part.rows, present: part.columns.map(({ present }) => present) })
  const before = request.appendTo?.paths ?? []
  const paths = [...before, request.output]
  const stored =
    before.length === 0 ? part : await countValues(connection, { paths, types, known: () => null })
  return { stored, examined: await examine(connection, { paths, types, ...stored }) }
}
