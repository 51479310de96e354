import { readBlocks } from '../csv/read-records.js'
import { LIMITS } from '../limits.js'

/** A line that holds something. It is only valid during the call that gets it. */
export interface Line {
  /** From 1; blank lines are not counted. */
  readonly row: number
  /** From 1; blank ones are counted. */
  readonly line: number
  /** Without its end; the beginning alone of a line that is too long. */
  readonly text: string
  readonly isTooLong: boolean
}

const NEWLINE = 0x0a
const RETURN = 0x0d
/** What is shown of a line that is too long. */
const SHOWN_BYTES = 300

/** Walks the lines of a UTF-8 file in order; those that hold nothing are passed over. @returns how many there are of each */
export async function readLines(
  path: string,
  onLine: (line: Line) => void,
): Promise<{ rows: number; blank: number }> {
  const line = { row: 0, line: 0, text: '', isTooLong: false }
  let isSkipping = false
  let isStart = true
  await readBlocks({ path, from: 0 }, (bytes, isLast) => {
    let at = isStart && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    isStart = false
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at)
      const isWhole = newline !== -1 || isLast
      const end = newline === -1 ? bytes.length : newline
      line.isTooLong = end - at > LIMITS.recordBytes
      if (!isWhole && !line.isTooLong && !isSkipping) break
      if (!isSkipping) {
        line.line++
        line.text = bytes.toString(
          'utf8',
          at,
          line.isTooLong ? at + SHOWN_BYTES : withoutReturn(bytes, at, end),
        )
        if (!isBlank(line.text)) {
          line.row++
          onLine(line)
        }
      }
      isSkipping = !isWhole
      at = end + 1
    }
    return Math.min(at, bytes.length)
  })
  return { rows: line.row, blank: line.line - line.row }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const isBlank = (text: string): boolean => (text.charCodeAt(0) <= 0x20 ? text.trim() === '' : text === '')

const withoutReturn = (bytes: Buffer, from: number, end: number): number =>
  end > from && bytes[end - 1] === RETURN ? end - 1 : end
