import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import type { ReadingOptions } from '../../contracts/reader.js'
import { trimmed } from '../cell-grammar.js'
import { LIMITS } from '../limits.js'
import { checkUtf8 } from '../text-encoding.js'
import { delimiterNamed, detectDelimiter } from './delimiter.js'
import { type LineEnd, RecordScanner } from './record-scanner.js'

export interface CsvHeader {
  readonly delimiter: string
  /** What stands before a number's decimals. */
  readonly decimal: '.' | ','
  readonly names: readonly string[]
  readonly hasHeader: boolean
  /** Where the first record after the header starts. */
  readonly bodyStart: number
  /** Null when nothing follows the first line. */
  readonly lineEnd: LineEnd | null
  /** Whether other CSV readers would take it in another way, so that it is always written anew. */
  readonly isRewritten: boolean
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Reads the first line. What no option says is found out from the first lines: see `detectDelimiter`.
 *
 * @throws FlywheelError dataset-invalid when there is no such line
 */
export async function readHeader(
  path: string,
  { delimiter, header = 'present', decimal: decimalName = 'point' }: ReadingOptions = {},
): Promise<CsvHeader> {
  const { bytes, isWhole } = await firstBytes(path)
  const start = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  if (bytes.length === start) throw invalid('The file is empty')
  const decimal = decimalName === 'comma' ? ',' : '.'
  const chosen =
    delimiter === undefined ? detectDelimiter(bytes, { start, decimal }) : delimiterNamed(delimiter)
  const scanner = new RecordScanner({ delimiter: chosen, width: LIMITS.columns })
  scanner.load(bytes, isWhole)
  const bodyStart = scanner.next(start)
  if (scanner.cells > LIMITS.columns) {
    const columns = bodyStart === -1 ? `more than ${scanner.cells}` : scanner.cells
    throw invalid(`The data has ${columns} columns; at most ${LIMITS.columns} are accepted`)
  }
  if (bodyStart === -1)
    throw invalid(`The first line has no end within ${LIMITS.recordBytes} bytes; is a quote left open?`)
  if (!isUtf8(bytes.subarray(start, bodyStart))) await checkUtf8(path)
  if (scanner.isBlank) throw invalid('The first line is blank; it must name the columns')
  if (scanner.fault === 'quote-open') throw invalid('The first line has a quote that is never closed')
  if (scanner.fault !== null) throw invalid('The first line has text after a closing quote')
  const hasHeader = header === 'present'
  const columns = Array.from({ length: scanner.cells }, (_, column) => column)
  const [lineEnd = null] = scanner.lineEnds
  return {
    delimiter: chosen,
    decimal,
    names: columns.map((column) =>
      hasHeader ? cellText(bytes, { cells: scanner, column }) : numberedColumn(column),
    ),
    hasHeader,
    bodyStart: hasHeader ? bodyStart : start,
    lineEnd,
    isRewritten: decimal === ',' || (start > 0 && !hasHeader),
  }
}

/** The name of a column where no header says it. */
export const numberedColumn = (column: number): string => `column_${column + 1}`

/** A cell's text: trimmed, with doubled quotes halved. */
export function cellText(bytes: Buffer, { cells, column }: { cells: RecordScanner; column: number }): string {
  const text = bytes.toString('utf8', cells.starts[column], cells.ends[column])
  return trimmed(cells.quoted[column] === 1 ? text.replaceAll('""', '"') : text)
}

/** A number or boolean as it is written everywhere else: with a point before its decimals. */
export function plainText(
  bytes: Buffer,
  { cells, column }: { cells: RecordScanner; column: number },
): string {
  const text = cellText(bytes, { cells, column })
  return cells.decimal === ',' ? text.replace(',', '.') : text
}

async function firstBytes(path: string): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const length = Math.min(size, LIMITS.recordBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return { bytes: buffer.subarray(0, bytesRead), isWhole: bytesRead === size }
  } finally {
    await file.close()
  }
}

const invalid = (detail: string): FlywheelError =>
  new FlywheelError('dataset-invalid', detail, {
    remedy:
      'Send a CSV file whose first line names the columns, or header=absent with one that has no such line',
  })
