import { join } from 'node:path'
import type { ColumnType } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import { checkColumnNames } from './column-names.js'
import type { ColumnTally } from './column-tally.js'
import { readHeader } from './csv/header.js'
import { checkCsv, surveyCsv } from './csv/read-csv.js'
import type { CsvSource } from './csv/read-records.js'
import { checkGivenTypes, inferTypes, misfits, type StoredType } from './infer-types.js'
import type { IngestRequest } from './ingest.js'
import { LIMITS } from './limits.js'
import { checkNdjson, surveyNdjson } from './ndjson/read-ndjson.js'
import type { RowErrors } from './row-errors.js'
import type { CheckedCsv } from './write-part.js'

/** An upload whose every cell was looked at. */
export interface CheckedUpload {
  readonly names: readonly string[]
  /** What is to be stored: the file itself, or the good rows of it, written anew. */
  readonly csv: CheckedCsv
  readonly errors: Pick<RowErrors, 'rows' | 'listed'>
  readonly rowsRead: number
}

/** What the header of a CSV file tells. */
export interface CsvStart {
  readonly source: CsvSource
  readonly names: readonly string[]
  readonly given: ReadonlyMap<string, ColumnType>
}

/** @throws FlywheelError dataset-invalid for a header or types that can not be used */
export async function startCsv(request: IngestRequest): Promise<CsvStart> {
  const { path } = request
  const { delimiter, names, bodyStart, lineEnd } = await readHeader(path, request.delimiter)
  checkColumnNames(names)
  const given = givenTypes(request, names)
  return { source: { path, delimiter, columns: names.length, bodyStart, lineEnd }, names, given }
}

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid */
export async function checkCsvUpload(
  { source, names, given }: CsvStart,
  { onInvalidRow, folder }: IngestRequest,
): Promise<CheckedUpload> {
  const survey = await surveyCsv(source)
  checkRowCount(survey.rows)
  const types = inferTypes(names, { tally: survey.tally, given })
  const badCells = types.map((type, column) => misfits(type, { tally: survey.tally, column }))
  const isGood = survey.brokenRows === 0 && badCells.every((count) => count === 0)
  const isBad = survey.brokenRows > 0 || badCells.some((count) => count > 0)
  const { path, delimiter, lineEnd } = source
  if (isGood && !survey.isIrregular) {
    const { tally, rows } = survey
    const csv = { path, delimiter, lineEnd, hasHeader: true, isClean: false, types, tally, rows }
    return { names, csv, errors: { rows: 0, listed: [] }, rowsRead: rows }
  }
  const isWritten = !isBad || onInvalidRow === 'skip'
  const cleanPath = join(folder, 'clean.csv')
  const { tally, errors } = await checkCsv(source, { names, types, cleanPath: isWritten ? cleanPath : null })
  const rows = keptRows(survey.rows, { errors, onInvalidRow })
  return { names, csv: cleanCsv(cleanPath, { types, tally, rows }), errors, rowsRead: survey.rows }
}

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid */
export async function checkNdjsonUpload(request: IngestRequest): Promise<CheckedUpload> {
  const { path, onInvalidRow, folder, appendTo } = request
  const survey = await surveyNdjson(
    path,
    appendTo?.columns.map(({ name }) => name),
  )
  checkRowCount(survey.rows)
  checkColumnNames(survey.names)
  const { names } = survey
  if (names.length === 0 && survey.brokenRows < survey.rows) throw withoutColumns()
  const types = inferTypes(names, { tally: survey.tally, given: givenTypes(request, names) })
  const cleanPath = join(folder, 'clean.csv')
  const { tally, errors } = await checkNdjson(path, { names, types, cleanPath })
  const rows = keptRows(survey.rows, { errors, onInvalidRow })
  return { names, csv: cleanCsv(cleanPath, { types, tally, rows }), errors, rowsRead: survey.rows }
}

const cleanCsv = (
  path: string,
  { types, tally, rows }: { types: readonly StoredType[]; tally: ColumnTally; rows: number },
): CheckedCsv => ({
  path,
  delimiter: ',',
  lineEnd: '\n',
  hasHeader: false,
  isClean: true,
  types,
  tally,
  rows,
})

/** The types that are not to be inferred; those of the dataset when rows are appended. */
function givenTypes({ types, appendTo }: IngestRequest, names: readonly string[]): Map<string, ColumnType> {
  if (appendTo) return new Map(appendTo.columns.map(({ name, type }) => [name, type]))
  const given = new Map(Object.entries(types))
  checkGivenTypes(given, names)
  return given
}

const withoutColumns = (): FlywheelError =>
  new FlywheelError('dataset-invalid', 'There are no columns: every row is an empty object', {
    remedy: 'Send rows that name their values, such as {"height":5.1,"kind":"poppy"}',
  })

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
