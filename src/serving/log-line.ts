/** A line that a predictor writes for its api's log: the api's fields and its own side by side. */
export interface LogLine {
  readonly level: 'debug' | 'warn'
  readonly msg: string
  /** The api's id of the request. */
  readonly requestId: string
  /** The version's manifest. */
  readonly sha256: string
  readonly [field: string]: string | number
}

const start = '{"level":'

/** One line of text; what else a process writes does not begin like it. */
export const writeLogLine = ({ level, ...fields }: LogLine): string => JSON.stringify({ level, ...fields })

/** Null for any other line, such as one of a library. */
export function readLogLine(line: string): LogLine | null {
  if (!line.startsWith(start)) return null
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return null // a line that the process did not finish is shown as it is
  }
}
