import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { LIMITS } from '../limits.js'
import { checkUtf8 } from '../text-encoding.js'
import { type LineEnd, type RecordFault, RecordScanner } from './record-scanner.js'

/** What is wrong with a record's form, before anyone looks at its cells. */
export type RecordProblem = RecordFault | 'cell-count' | 'too-long'

export interface CsvSource {
  readonly path: string
  readonly delimiter: string
  readonly decimal: '.' | ','
  readonly columns: number
  /** Whether a line that names the columns stands before the first record. */
  readonly hasHeader: boolean
  /** Where the first record after the header starts. */
  readonly bodyStart: number
  /** Of the header. */
  readonly lineEnd: LineEnd | null
  /** Whether other CSV readers would take it in another way, so that it is always written anew. */
  readonly isRewritten: boolean
  /** Reads only the beginning: so many blocks of 8 MiB. */
  readonly maxBlocks?: number
}

/** A record as it stands in the buffer; it is only valid during the call that gets it. */
export interface CsvRecord {
  /** From 1; the header and blank lines are not counted. */
  readonly row: number
  readonly bytes: Buffer
  readonly start: number
  /** Where it starts in the file. */
  readonly offset: number
  readonly cells: RecordScanner
  readonly problem: RecordProblem | null
}

/** What the records had in common. */
export interface CsvForm {
  readonly rows: number
  /** Whether other CSV readers may take the file in another way: mixed line ends, blank lines, loose quotes. */
  readonly isIrregular: boolean
}

const BLOCK_BYTES = 2 * LIMITS.recordBytes

/** Walks a file's records in order, with one block of 8 MiB in memory. */
export async function readRecords(
  source: CsvSource,
  onRecord: (record: CsvRecord) => void,
): Promise<CsvForm> {
  const { path, delimiter, decimal, columns, bodyStart, lineEnd, maxBlocks } = source
  const cells = new RecordScanner({ delimiter, width: columns, decimal })
  const record = {
    row: 0,
    bytes: Buffer.alloc(0) as Buffer,
    start: 0,
    offset: 0,
    cells,
    problem: null as RecordProblem | null,
  }
  let hasBlankLines = false
  let isSkippingLine = false
  let blockStart = bodyStart

  await readBlocks({ path, from: bodyStart, maxBlocks }, (bytes, isLast) => {
    cells.load(bytes, isLast)
    record.bytes = bytes
    let at = isSkippingLine ? afterLineEnd(bytes) : 0
    isSkippingLine &&= at === bytes.length
    while (at < bytes.length) {
      let next = cells.next(at)
      const isTooLong = next === -1 ? bytes.length - at >= LIMITS.recordBytes : next - at > LIMITS.recordBytes
      if (next === -1) {
        if (!isTooLong) break
        cells.load(bytes, true)
        next = cells.next(at)
        cells.load(bytes, isLast)
        isSkippingLine = next === bytes.length && !isLineEnd(bytes[next - 1])
      }
      if (cells.isBlank && !isTooLong) hasBlankLines = true
      else {
        record.row++
        record.start = at
        record.offset = blockStart + at
        record.problem = isTooLong ? (cells.fault ?? 'too-long') : problemOf(cells, columns)
        onRecord(record)
      }
      at = next
    }
    blockStart += at
    return at
  })
  const lineEnds = new Set([...cells.lineEnds, ...(lineEnd === null ? [] : [lineEnd])])
  return { rows: record.row, isIrregular: lineEnds.size > 1 || hasBlankLines || cells.hasLooseQuotes }
}

function problemOf(cells: RecordScanner, columns: number): RecordProblem | null {
  if (cells.fault !== null) return cells.fault
  return cells.cells === columns ? null : 'cell-count'
}

const isLineEnd = (byte: number | undefined): boolean => byte === 0x0a || byte === 0x0d

/** After the first line end, or the length when there is none. */
function afterLineEnd(bytes: Buffer): number {
  const at = bytes.findIndex(isLineEnd)
  return at === -1 ? bytes.length : at + 1
}

/**
 * Reads a file in blocks; what `onBlock` leaves over stands at the beginning of the next one.
 * Other work gets its turn between two blocks.
 *
 * @throws FlywheelError dataset-invalid for text that is no UTF-8
 * @param onBlock gives back how many bytes it has used; at most a record's length may be left of a full block
 */
export async function readBlocks(
  {
    path,
    from,
    maxBlocks = Number.POSITIVE_INFINITY,
  }: { path: string; from: number; maxBlocks?: number | undefined },
  onBlock: (bytes: Buffer, isLast: boolean) => number,
): Promise<void> {
  const file = await open(path, 'r')
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES)
    let filled = 0
    let position = from
    for (let blocks = 0; blocks < maxBlocks; blocks++) {
      const { bytesRead } = await file.read(block, filled, BLOCK_BYTES - filled, position)
      position += bytesRead
      filled += bytesRead
      const used = onBlock(block.subarray(0, filled), bytesRead === 0)
      if (!isUtf8(block.subarray(0, used))) await checkUtf8(path)
      if (bytesRead === 0) return
      block.copyWithin(0, used, filled)
      filled -= used
    }
  } finally {
    await file.close()
  }
}
