import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { type CheckedUpload, checkRowCount, givenTypes, keptRows, writtenCsv } from '../check-upload.js'
import { checkColumnNames } from '../column-names.js'
import type { ColumnTally } from '../column-tally.js'
import { startEarlyCopy } from '../early-copy.js'
import {
  type GivenType,
  inferTypes,
  type Lengths,
  misfits,
  type StoredType,
  vectorLengths,
} from '../infer-types.js'
import { ingestTable } from '../ingest-table.js'
import type { RowErrors } from '../row-errors.js'
import { type CheckedCsv, writePart } from '../write-part.js'
import { readHeader } from './header.js'
import { checkCsv, surveyCsv } from './read-csv.js'
import type { CsvSource } from './read-records.js'

export const ingestCsv = (request: IngestRequest): Promise<Ingested> => ingestTable(request, storeCsv)

/** Files from this size on are stored while they are still being checked. */
const EARLY_COPY_BYTES = 16 * 1024 ** 2

async function storeCsv(connection: DuckDBConnection, request: IngestRequest): Promise<CheckedUpload> {
  const { path, output } = request
  const start = await startCsv(request)
  const { size } = await stat(path)
  if (size < EARLY_COPY_BYTES || start.source.isRewritten) {
    const upload = await check(start, request)
    await writePart(connection, upload.csv, output)
    return checkedUpload(start, upload)
  }
  const copy = await startEarlyCopy(connection, { ...start, fileBytes: size, output })
  const upload = await check(start, request).catch(async (error: unknown) => {
    await copy.abandon()
    throw error
  })
  if (!(await copy.confirm(upload.csv))) await writePart(connection, upload.csv, output)
  return checkedUpload(start, upload)
}

/** What the header of a CSV file tells. */
interface CsvStart {
  readonly source: CsvSource
  readonly names: readonly string[]
  readonly given: ReadonlyMap<string, GivenType>
}

async function startCsv(request: IngestRequest): Promise<CsvStart> {
  const { path, reading = {} } = request
  const { names, ...form } = await readHeader(path, reading)
  checkColumnNames(names)
  const given = givenTypes(request, names)
  return { source: { path, columns: names.length, ...form }, names, given }
}

interface CsvUpload {
  /** What is to be stored: the file itself, or the good rows of it, written anew. */
  readonly csv: CheckedCsv
  readonly errors: Pick<RowErrors, 'rows' | 'listed'>
  readonly rowsRead: number
}

async function check({ source, names, given }: CsvStart, request: IngestRequest): Promise<CsvUpload> {
  const survey = await surveyCsv(source)
  checkRowCount(survey.rows)
  const types = inferTypes(names, { tally: survey.tally, given })
  const badCells = types.map((type, column) => misfits(type, { tally: survey.tally, column }))
  const isGood = survey.brokenRows === 0 && badCells.every((count) => count === 0)
  const isBad = survey.brokenRows > 0 || badCells.some((count) => count > 0)
  const lengths = vectorLengths(names, { types, tally: survey.tally, known: request.appendTo?.columns })
  const isReadAlike = types.every((type, column) =>
    isReadByDuckDb(type, { tally: survey.tally, column, lengths }),
  )
  if (isGood && isReadAlike && !survey.isIrregular && !source.isRewritten) {
    const { tally, rows } = survey
    const { path, delimiter, lineEnd, hasHeader } = source
    const csv = { path, delimiter, lineEnd, hasHeader, isClean: false, types, tally, rows }
    return { csv, errors: { rows: 0, listed: [] }, rowsRead: rows }
  }
  const isWritten = !isBad || request.onInvalidRow === 'skip'
  const cleanPath = join(request.folder, 'clean.csv')
  const { tally, errors } = await checkCsv(source, {
    names,
    types,
    lengths,
    cleanPath: isWritten ? cleanPath : null,
  })
  const rows = keptRows(survey.rows, { errors, request })
  return { csv: { ...writtenCsv(cleanPath), types, tally, rows }, errors, rowsRead: survey.rows }
}

/** Dates with zones are read by us; vectors of another length than the dataset's are errors. */
function isReadByDuckDb(
  type: StoredType,
  { tally, column, lengths }: { tally: ColumnTally; column: number; lengths: Lengths },
): boolean {
  if (type === 'date') return tally.isUniform(column)
  return type !== 'vector' || [0, lengths[column]].includes(tally.vectorLength(column))
}

const checkedUpload = ({ names }: CsvStart, { csv, errors, rowsRead }: CsvUpload): CheckedUpload => ({
  names,
  checked: csv,
  errors,
  rowsRead,
  findings: [],
})
