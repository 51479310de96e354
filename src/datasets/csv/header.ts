import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import { LIMITS } from '../limits.js'
import { checkUtf8 } from '../text-encoding.js'
import { type LineEnd, RecordScanner } from './record-scanner.js'

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const
export type DelimiterName = keyof typeof DELIMITERS

export interface CsvHeader {
  readonly delimiter: string
  readonly names: readonly string[]
  /** Where the first record after the header starts. */
  readonly bodyStart: number
  /** Null when nothing follows the first line. */
  readonly lineEnd: LineEnd | null
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Reads the first line. Without a given delimiter it is the one of comma, semicolon and tab that stands most often
 * in that line outside quotes; the comma where none does.
 *
 * @throws FlywheelError dataset-invalid when there is no such line
 */
export async function readHeader(path: string, delimiter?: DelimiterName): Promise<CsvHeader> {
  const { bytes, isWhole } = await firstBytes(path)
  const start = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  if (bytes.length === start) throw invalid('The file is empty')
  const chosen = delimiter ? DELIMITERS[delimiter] : detectDelimiter(bytes, start)
  const scanner = new RecordScanner({ delimiter: chosen, width: LIMITS.columns })
  scanner.load(bytes, isWhole)
  const bodyStart = scanner.next(start)
  if (bodyStart === -1)
    throw invalid(`The first line has no end within ${LIMITS.recordBytes} bytes; is a quote left open?`)
  if (!isUtf8(bytes.subarray(start, bodyStart))) await checkUtf8(path)
  if (scanner.isBlank) throw invalid('The first line is blank; it must name the columns')
  if (scanner.fault === 'quote-open') throw invalid('The first line has a quote that is never closed')
  if (scanner.fault !== null) throw invalid('The first line has text after a closing quote')
  if (scanner.cells > LIMITS.columns) {
    throw invalid(`The data has ${scanner.cells} columns; at most ${LIMITS.columns} are accepted`)
  }
  const names = Array.from({ length: scanner.cells }, (_, column) =>
    cellText(bytes, { cells: scanner, column }),
  )
  const [lineEnd = null] = scanner.lineEnds
  return { delimiter: chosen, names, bodyStart, lineEnd }
}

/** A cell's text: trimmed, with doubled quotes halved. */
export function cellText(bytes: Buffer, { cells, column }: { cells: RecordScanner; column: number }): string {
  const text = bytes.toString('utf8', cells.starts[column], cells.ends[column])
  return trimSpaces(cells.quoted[column] === 1 ? text.replaceAll('""', '"') : text)
}

/** Takes away spaces and tabs at both ends. */
const trimSpaces = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

function detectDelimiter(bytes: Buffer, start: number): string {
  const counts = new Map(Object.values(DELIMITERS).map((delimiter) => [delimiter as string, 0]))
  let isQuoted = false
  for (let at = start; at < bytes.length; at++) {
    const character = String.fromCharCode(bytes[at] as number)
    if (character === '"') isQuoted = !isQuoted
    if (isQuoted) continue
    if (character === '\n' || character === '\r') break
    const count = counts.get(character)
    if (count !== undefined) counts.set(character, count + 1)
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0]
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
    remedy: 'Send a CSV file whose first line names the columns',
  })
