import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Finding } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { IngestRequest } from '../../contracts/reader.js'
import { Cell } from '../cell-grammar.js'
import { type CheckedUpload, checkRowCount, givenTypes, keptRows, writtenCsv } from '../check-upload.js'
import { checkColumnNames } from '../column-names.js'
import { ColumnTally } from '../column-tally.js'
import { inferTypes, vectorLengths } from '../infer-types.js'
import { LIMITS } from '../limits.js'
import { writePart } from '../write-part.js'
import { boundedRows } from './bounded-rows.js'
import { checkTypedRows } from './check-typed-rows.js'
import { cellOfValue, isSpaced } from './typed-cell.js'
import type { RowSource } from './typed-row.js'

/**
 * Checks the rows of a source against types inferred from all of them, and stores the good ones.
 *
 * @param options.findings what is remarkable about the file, once it was walked
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid
 */
export async function storeTypedRows(
  connection: DuckDBConnection,
  {
    request,
    source: unbounded,
    findings = () => [],
  }: { request: IngestRequest; source: RowSource; findings?: () => readonly Finding[] },
): Promise<CheckedUpload> {
  const { folder, output } = request
  const source = boundedRows(unbounded)
  const survey = await surveyRows(source)
  checkRowCount(survey.rows)
  const { names } = source
  checkColumnNames(names)
  if (names.length === 0 && survey.brokenRows < survey.rows) throw withoutColumns()
  source.close()
  const given = givenTypes(request, names)
  const types = inferTypes(names, { tally: survey.tally, given, areListsApart: true })
  const listsFit = names.map((name, column) => given.has(name) || survey.tally.singles(column) === 0)
  const cleanPath = join(folder, 'clean.csv')
  const lengths = vectorLengths(names, { types, tally: survey.tally, known: request.appendTo?.columns })
  const { tally, errors } = await checkTypedRows(source, { types, lengths, listsFit, cleanPath })
  const rows = keptRows(survey.rows, { errors, request })
  const checked = { types, tally, rows }
  await writePart(connection, { ...writtenCsv(cleanPath), ...checked }, output)
  return { names, checked, errors, rowsRead: survey.rows, findings: findings() }
}

/** Counts what the cells of all rows are; those of rows that are no flat rows are left out. */
async function surveyRows(
  source: RowSource,
): Promise<{ tally: ColumnTally; rows: number; brokenRows: number }> {
  const tally = new ColumnTally(LIMITS.columns + 1)
  let [rows, brokenRows] = [0, 0]
  await source.walk(({ row, values, faults }) => {
    rows = row
    if (faults !== null || !values.every((value) => cellOfValue(value) !== null)) {
      brokenRows++
      return
    }
    for (let column = 0; column < values.length; column++) {
      const value = values[column]
      if (value === undefined) continue
      const kind = cellOfValue(value) as Cell
      tally.addCell(column, kind)
      if (kind === Cell.vector) tally.addVector(column, (value as readonly number[]).length)
      if (isSpaced(value)) tally.addSpaced(column)
    }
  })
  return { tally, rows, brokenRows }
}

const withoutColumns = (): FlywheelError =>
  new FlywheelError('dataset-invalid', 'There are no columns: every row is empty', {
    remedy: 'Send rows that name their values, such as {"height":5.1,"kind":"poppy"}',
  })
