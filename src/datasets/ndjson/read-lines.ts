import { parseJson } from '../json/parse-json.js'
import { readLines } from '../lines/read-lines.js'

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

/** Walks the lines of an NDJSON file in order. @returns how many there are, blank ones not counted */
export async function readJsonLines(path: string, onLine: (line: JsonLine) => void): Promise<number> {
  const { rows } = await readLines(path, ({ row, line, text, isTooLong }) => {
    onLine({ row, line, text, ...(isTooLong ? tooLong : parsed(text)) })
  })
  return rows
}

const tooLong = { value: undefined, fault: 'too-long' } as const

function parsed(text: string): Pick<JsonLine, 'value' | 'fault'> {
  try {
    return { value: parseJson(text), fault: null }
  } catch {
    return { value: undefined, fault: 'not-json' }
  }
}
