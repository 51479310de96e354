import { readBlocks } from '../csv/read-records.js'
import { LIMITS } from '../limits.js'

/** A line as it was parsed; `fault` says why it could not be. */
export interface JsonLine {
  /** From 1; blank lines are not counted. */
  readonly row: number
  readonly value: unknown
  readonly fault: 'not-json' | 'too-long' | null
  /** The line's beginning, for messages. */
  readonly shown: () => string
}

const NEWLINE = 0x0a

/** Walks the lines of an NDJSON file in order. @returns how many there are, blank ones not counted */
export async function readJsonLines(path: string, onLine: (line: JsonLine) => void): Promise<number> {
  let row = 0
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
        const line = isTooLong ? bytes.subarray(at, at + 300) : bytes.subarray(at, end)
        const text = line.toString('utf8').trim()
        if (text !== '')
          onLine({ ...(isTooLong ? tooLong : parsed(text)), row: ++row, shown: () => text.slice(0, 200) })
      }
      isSkipping = !isWhole
      at = end + 1
    }
    return Math.min(at, bytes.length)
  })
  return row
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const tooLong = { value: undefined, fault: 'too-long' } as const

function parsed(text: string): { value: unknown; fault: 'not-json' | null } {
  try {
    return { value: JSON.parse(text) as unknown, fault: null }
  } catch {
    return { value: undefined, fault: 'not-json' }
  }
}
