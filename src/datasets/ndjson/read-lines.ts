import { readBlocks } from '../csv/read-records.js'
import { parseJson } from '../json/parse-json.js'
import { LIMITS } from '../limits.js'

/** A line as it was parsed; `fault` says why it could not be. It is only valid during the call that gets it. */
export interface JsonLine {
  /** From 1; blank lines are not counted. */
  readonly row: number
  /** From 1; blank ones are counted. */
  readonly line: number
  readonly value: unknown
  readonly fault: 'not-json' | 'too-long' | null
  readonly text: string
}

const NEWLINE = 0x0a

/** Walks the lines of an NDJSON file in order. @returns how many there are, blank ones not counted */
export async function readJsonLines(path: string, onLine: (line: JsonLine) => void): Promise<number> {
  const line = { row: 0, line: 0, text: '', value: undefined as unknown, fault: null as JsonLine['fault'] }
  let isSkipping = false
  let isStart = true
  await readBlocks({ path, from: 0 }, (bytes, isLast) => {
    let at = isStart && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    isStart = false
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at)
      const isWhole = newline !== -1 || isLast
      const end = newline === -1 ? bytes.length : newline
      const isTooLong = end - at > LIMITS.recordBytes
      if (!isWhole && !isTooLong && !isSkipping) break
      if (!isSkipping) {
        line.line++
        const text = bytes.toString('utf8', at, isTooLong ? at + 300 : end)
        if (!isBlank(text)) {
          line.row++
          line.text = text
          read(line, isTooLong)
          onLine(line)
        }
      }
      isSkipping = !isWhole
      at = end + 1
    }
    return Math.min(at, bytes.length)
  })
  return line.row
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const isBlank = (text: string): boolean => text.charCodeAt(0) !== 0x7b && text.trim() === ''

function read(line: { text: string; value: unknown; fault: JsonLine['fault'] }, isTooLong: boolean): void {
  line.value = undefined
  line.fault = isTooLong ? 'too-long' : null
  if (isTooLong) return
  try {
    line.value = parseJson(line.text)
  } catch {
    line.fault = 'not-json'
  }
}
