import { shown } from '../../contracts/errors.js'
import { Cell, holdsNothing } from '../cell-grammar.js'
import { ColumnTally } from '../column-tally.js'
import { expectedOf, fits, type Lengths, type StoredType } from '../infer-types.js'
import { isoTime } from '../iso-time.js'
import { LIMITS } from '../limits.js'
import { RowErrors } from '../row-errors.js'
import { CleanWriter } from './clean-writer.js'
import { cellText, plainText } from './header.js'
import { lineNumbers } from './line-numbers.js'
import { type CsvRecord, type CsvSource, type RecordProblem, readRecords } from './read-records.js'

/** What the first reading of a file tells: enough to choose the columns' types. */
export interface CsvSurvey {
  readonly tally: ColumnTally
  readonly rows: number
  /** Rows whose form is broken; they are not in the tally. */
  readonly brokenRows: number
  readonly isIrregular: boolean
}

export async function surveyCsv(source: CsvSource): Promise<CsvSurvey> {
  const tally = new ColumnTally(source.columns)
  let brokenRows = 0
  const { rows, isIrregular } = await readRecords(source, (record) => {
    if (record.problem === null && longCell(record) === -1) tally.addRecord(record)
    else brokenRows++
  })
  return { tally, rows, brokenRows, isIrregular }
}

/** What the cells of a row must be. */
export interface Columns {
  readonly names: readonly string[]
  readonly types: readonly StoredType[]
  readonly lengths: Lengths
}

/** What a reading with known types gives. */
export interface CsvCheck {
  /** Of the good rows. */
  readonly tally: ColumnTally
  readonly errors: RowErrors
}

/**
 * Reads the file once more, now with types: finds every bad row, and writes the good ones as regular CSV.
 *
 * @param options.cleanPath where to; null to write nothing
 */
export async function checkCsv(
  source: CsvSource,
  { cleanPath, ...columns }: Columns & { cleanPath: string | null },
): Promise<CsvCheck> {
  const tally = new ColumnTally(source.columns)
  const errors = new RowErrors()
  const offsets: number[] = []
  const writer = cleanPath === null ? null : new CleanWriter(cleanPath)
  try {
    await readRecords(source, (record) => {
      if (findErrors(record, { ...columns, errors })) {
        while (offsets.length < errors.listed.length) offsets.push(record.offset)
        return
      }
      tally.addRecord(record)
      if (writer !== null) writeRecord(writer, { ...record, types: columns.types })
    })
  } finally {
    writer?.close()
  }
  const lines = await lineNumbers(source.path, offsets)
  errors.listed.forEach((error, i) => {
    error.line = lines[i] as number
  })
  return { tally, errors }
}

function findErrors(
  record: CsvRecord,
  { names, types, lengths, errors }: Columns & { errors: RowErrors },
): boolean {
  const { row, bytes, cells, problem } = record
  if (problem !== null) {
    errors.add(row, { path: `row ${row}`, ...formError(record, problem, names.length) })
    return true
  }
  const long = longCell(record)
  if (long !== -1) {
    const expected = `at most ${LIMITS.cellBytes} bytes`
    errors.add(row, { path: `row ${row}, ${names[long]}`, expected, received: received(record, long) })
    return true
  }
  let isBad = false
  for (let column = 0; column < types.length; column++) {
    const type = types[column] as StoredType
    const kind = cells.kinds[column] as number
    if (type === 'text' || holdsNothing(kind)) continue
    const length = lengths[column] as number
    if (fits(type, { kind, text: () => plainText(bytes, { cells, column }), length })) continue
    isBad = true
    const path = `row ${row}, ${names[column]}`
    errors.add(row, { path, expected: expectedOf(type, length), received: received(record, column) })
  }
  return isBad
}

const received = ({ bytes, cells }: CsvRecord, column: number): string =>
  shown(cellText(bytes, { cells, column }).slice(0, 200))

/** The first cell that is too long, or −1. */
function longCell({ cells }: CsvRecord): number {
  const { starts, ends } = cells
  const last = Math.min(cells.cells, ends.length) - 1
  if (last < 0 || (ends[last] as number) - (starts[0] as number) <= LIMITS.cellBytes) return -1
  return starts.findIndex(
    (start, column) => column <= last && (ends[column] as number) - start > LIMITS.cellBytes,
  )
}

/** What is wrong with the form of a record, in words. */
export function formError(
  { bytes, start, cells }: CsvRecord,
  problem: RecordProblem,
  columns: number,
): { expected: string; received: string } {
  const text = bytes.toString('utf8', start, Math.min(start + 300, bytes.length))
  const line = shown(text.split(/\r\n|\n|\r/, 1)[0])
  switch (problem) {
    case 'cell-count':
      return { expected: `${columns} cells`, received: `${cells.cells} in ${line}` }
    case 'quote-open':
      return { expected: 'a closing quote', received: line }
    case 'text-after-quote':
      return { expected: 'a delimiter after the closing quote', received: line }
    case 'too-long':
      return { expected: `at most ${LIMITS.recordBytes} bytes`, received: line }
  }
}

/** Texts are trimmed and quoted, numbers as they stand, dates as milliseconds, what is missing is empty. */
function writeRecord(
  writer: CleanWriter,
  { bytes, cells, types }: Pick<CsvRecord, 'bytes' | 'cells'> & Pick<Columns, 'types'>,
): void {
  for (let column = 0; column < cells.cells; column++) {
    const kind = cells.kinds[column]
    if (holdsNothing(kind)) writer.plain('')
    else if (types[column] === 'date') writer.plain(String(isoTime(cellText(bytes, { cells, column }))))
    else if (kind === Cell.text || kind === Cell.date || kind === Cell.vector)
      writer.text(cellText(bytes, { cells, column }))
    else writer.plain(plainText(bytes, { cells, column }))
  }
  writer.endRow()
}
