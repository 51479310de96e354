import { join } from 'node:path'
import type { ColumnType, DatasetColumn, Finding, ValidationReport } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import { checkColumnNames } from './column-names.js'
import type { ColumnTally } from './column-tally.js'
import { type ColumnCount, countValues } from './count-values.js'
import { type DelimiterName, readHeader } from './csv/header.js'
import { checkCsv, surveyCsv } from './csv/read-csv.js'
import type { CsvSource } from './csv/read-records.js'
import { withDuckDb } from './duckdb.js'
import { findingsOf, mixedFinding } from './findings.js'
import { checkGivenTypes, inferTypes, misfits, type StoredType } from './infer-types.js'
import { LIMITS } from './limits.js'
import { checkNdjson, surveyNdjson } from './ndjson/read-ndjson.js'
import type { RowErrors } from './row-errors.js'
import { type CheckedCsv, compareCounts, writePart } from './write-part.js'

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
  readonly sizeBytes: number
  /** Of the whole dataset, what it is appended to included. */
  readonly columns: readonly DatasetColumn[]
  readonly report: ValidationReport
}

/**
 * Reads an uploaded file into one Parquet part: checks its form, chooses the columns' types over all of its values,
 * checks every cell, stores the rows in their order and counts the values. Runs for seconds and blocks its thread.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid (nothing is kept), storage-full
 */
export async function ingest(request: IngestRequest): Promise<Ingested> {
  const read = request.format === 'csv' ? await readCsvFile(request) : await readNdjsonFile(request)
  const { csv, names, errors, rowsRead } = read
  const { rows: skipped, listed } = errors
  const { stored, sizeBytes } = await withDuckDb(
    { spillFolder: join(request.folder, 'spill'), threads: threadsFor(names.length) },
    async (connection) => {
      const size = await writePart(connection, csv, request.output)
      const part = await countValues(connection, { paths: [request.output], types: csv.types })
      compareCounts(csv, { rows: part.rows, present: part.columns.map(({ present }) => present) })
      const before = request.appendTo?.paths ?? []
      const paths = [...before, request.output]
      return {
        sizeBytes: size,
        stored: before.length === 0 ? part : await countValues(connection, { paths, types: csv.types }),
      }
    },
  )
  const columns = names.map((name, index) => describeColumn(name, { index, csv, request, stored }))
  const findings = columns.flatMap((column, index) => [
    ...findingsOf(column, { rows: stored.rows, count: stored.columns[index] as ColumnCount }),
    ...mixed(column, { tally: csv.tally, index, request }),
  ])
  const report = { rowsRead, rowsKept: csv.rows, rowsSkipped: skipped, errors: listed, findings }
  return { rows: csv.rows, sizeBytes, columns, report }
}

/** A vector of each column is in memory for each thread. */
const threadsFor = (columns: number): number => (columns > 1000 ? 1 : 2)

interface Read {
  readonly names: readonly string[]
  readonly csv: CheckedCsv
  readonly errors: Pick<RowErrors, 'rows' | 'listed'>
  readonly rowsRead: number
}

async function readCsvFile(request: IngestRequest): Promise<Read> {
  const { path, onInvalidRow, folder } = request
  const { delimiter, names, bodyStart } = await readHeader(path, request.delimiter)
  checkColumnNames(names)
  const given = givenTypes(request, names)
  const source: CsvSource = { path, delimiter, columns: names.length, bodyStart }
  const survey = surveyCsv(source)
  checkRowCount(survey.rows)
  const types = inferTypes(names, { tally: survey.tally, given })
  const isGood = survey.brokenRows === 0 && allFit(types, survey.tally)
  if (isGood && !survey.isIrregular) {
    const csv = {
      path,
      delimiter,
      hasHeader: true,
      isClean: false,
      types,
      tally: survey.tally,
      rows: survey.rows,
    }
    return { names, csv, errors: { rows: 0, listed: [] }, rowsRead: survey.rows }
  }
  const isWritten = isGood || onInvalidRow === 'skip'
  const cleanPath = join(folder, 'clean.csv')
  const { tally, errors } = checkCsv(source, { names, types, cleanPath: isWritten ? cleanPath : null })
  const rows = keptRows(survey.rows, { errors, onInvalidRow })
  return { names, csv: cleanCsv(cleanPath, { types, tally, rows }), errors, rowsRead: survey.rows }
}

async function readNdjsonFile(request: IngestRequest): Promise<Read> {
  const { path, onInvalidRow, folder, appendTo } = request
  const known = appendTo?.columns.map(({ name }) => name)
  const survey = surveyNdjson(path, known)
  checkRowCount(survey.rows)
  checkColumnNames(survey.names)
  const { names } = survey
  const types = inferTypes(names, { tally: survey.tally, given: givenTypes(request, names) })
  const cleanPath = join(folder, 'clean.csv')
  const { tally, errors } = checkNdjson(path, { names, types, cleanPath })
  const rows = keptRows(survey.rows, { errors, onInvalidRow })
  return { names, csv: cleanCsv(cleanPath, { types, tally, rows }), errors, rowsRead: survey.rows }
}

const cleanCsv = (
  path: string,
  { types, tally, rows }: { types: readonly StoredType[]; tally: ColumnTally; rows: number },
): CheckedCsv => ({ path, delimiter: ',', hasHeader: false, isClean: true, types, tally, rows })

/** The types that are not to be inferred; those of the dataset when rows are appended. */
function givenTypes({ types, appendTo }: IngestRequest, names: readonly string[]): Map<string, ColumnType> {
  if (appendTo) return new Map(appendTo.columns.map(({ name, type }) => [name, type]))
  const given = new Map(Object.entries(types))
  checkGivenTypes(given, names)
  return given
}

const allFit = (types: readonly StoredType[], tally: ColumnTally): boolean =>
  types.every((type, column) => misfits(type, { tally, column }) === 0)

function checkRowCount(rows: number): void {
  if (rows === 0) {
    throw new FlywheelError('dataset-invalid', 'There are no rows', {
      remedy: 'Send at least one row of data',
    })
  }
  if (rows > LIMITS.rows) {
    throw new FlywheelError('dataset-invalid', `There are ${rows} rows; at most ${LIMITS.rows} are accepted`)
  }
}

/** @throws FlywheelError dataset-rows-invalid unless bad rows may be left out and some rows are good */
function keptRows(
  rows: number,
  { errors, onInvalidRow }: { errors: RowErrors; onInvalidRow: 'reject' | 'skip' },
): number {
  if (errors.rows === 0) return rows
  const detail = `${errors.rows} of ${rows} rows could not be read`
  if (onInvalidRow === 'reject') {
    throw new FlywheelError('dataset-rows-invalid', detail, {
      errors: errors.listed,
      remedy:
        'Mend the rows, or send onInvalidRow=skip to leave them out; a column that may hold such values can be ' +
        'declared as text: types={"<column>":"category"}',
    })
  }
  if (errors.rows < rows) return rows - errors.rows
  throw new FlywheelError('dataset-rows-invalid', `${detail}: none is left`, {
    errors: errors.listed,
    remedy: 'Mend the rows and upload again',
  })
}

/** Texts with few different values are categories. */
const CATEGORY_VALUES = 1000
const ALWAYS_CATEGORY_VALUES = 20

function describeColumn(
  name: string,
  {
    index,
    csv,
    request,
    stored,
  }: {
    index: number
    csv: CheckedCsv
    request: IngestRequest
    stored: { rows: number; columns: readonly ColumnCount[] }
  },
): DatasetColumn {
  const { present, distinct, rarestRows } = stored.columns[index] as ColumnCount
  const given = request.appendTo?.columns[index]?.type ?? ownValue(request.types, name)
  const storedType = csv.types[index] as StoredType
  const isCategory =
    distinct <= ALWAYS_CATEGORY_VALUES || (distinct <= CATEGORY_VALUES && distinct <= stored.rows / 2)
  const type = given ?? (storedType === 'text' && isCategory ? 'category' : storedType)
  const missing = stored.rows - present
  return { name, type, missing, distinct, ...(rarestRows === undefined ? {} : { rarestRows }) }
}

const ownValue = (types: IngestRequest['types'], name: string): ColumnType | undefined =>
  Object.hasOwn(types, name) ? types[name] : undefined

function mixed(
  { name, type }: DatasetColumn,
  { tally, index, request }: { tally: ColumnTally; index: number; request: IngestRequest },
): Finding[] {
  const isChosen = request.appendTo !== undefined || ownValue(request.types, name) !== undefined
  if (isChosen || (type !== 'category' && type !== 'text')) return []
  const finding = mixedFinding(name, { tally, column: index })
  return finding === null ? [] : [finding]
}
