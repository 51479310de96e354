import { FlywheelError } from '../../contracts/errors.js'
import { type LogLine, writeLogLine } from '../log-line.js'
import type { BatchedAnswer } from './batched-answer.js'

/** Which request of the api, and which version. */
interface Logged {
  readonly requestId: string
  readonly sha256: string
}

/** Says in the log how a request was answered. */
export function logAnswer({ rows, times }: BatchedAnswer, request: Logged): void {
  const { queueMs, computeMs, batchRows } = times
  write({ level: 'debug', ...request, rows, queueMs, computeMs, batchRows, msg: 'answered' })
}

/** Says in the log why a request was not answered; where its rows are to blame, only if all requests are logged. */
export function logFailure(
  error: unknown,
  { logsRequests, ...request }: Logged & { logsRequests: boolean },
): void {
  const isOurs = !(error instanceof FlywheelError) || error.status >= 500
  if (!isOurs && !logsRequests) return
  const code = error instanceof FlywheelError ? error.code : 'tensorflow-failed'
  // What is said about a request's rows may hold their values, which no log shall have.
  const cause = isOurs ? { cause: error instanceof Error ? error.message : String(error) } : {}
  write({ level: isOurs ? 'warn' : 'debug', ...request, code, ...cause, msg: 'not answered' })
}

const write = (line: LogLine): void => void process.stderr.write(`${writeLogLine(line)}\n`)
