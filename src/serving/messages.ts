import { type ErrorCode, type ErrorDetail, FlywheelError } from '../contracts/errors.js'

/** Kinds of frames: `hold` and `predict` go to the predictor, the others come from it. */
export const kinds = { hold: 1, predict: 2, ready: 16, answer: 17, failure: 18, status: 19 } as const

/** How a predictor process is started: its one argument, as JSON. */
export interface PredictorOptions {
  readonly socket: string
  readonly artifactsFolder: string
  readonly tensorflowFolder: string
  readonly device: 'auto' | 'cpu' | 'gpu'
  /** Whether it writes a line about each request, not only about those that failed. */
  readonly logsRequests?: boolean
}

export interface TensorFlowStatus {
  readonly version: string
  readonly device: { readonly kind: 'cpu' | 'gpu'; readonly name: string }
}

/** What a predictor says of itself: when it is ready, and every second. */
export interface PredictorStatus {
  readonly pid: number
  /** Null while no version has needed it. */
  readonly tensorflow: TensorFlowStatus | null
  /** Versions in memory, by the manifest's sha256. */
  readonly loaded: readonly string[]
}

/** One answer: a JSON object for each row, one a line, and where the time went. */
export interface Answer {
  readonly lines: readonly string[]
  readonly queueMs: number
  readonly computeMs: number
  /** Rows of all requests that were computed together. */
  readonly batchRows: number
}

const hashBytes = 32
/** A UUID as text; blank where the request has none. */
const requestIdBytes = 36
const predictHeaderBytes = hashBytes + requestIdBytes
const answerHeaderBytes = 12

export const encodeJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
export const decodeJson = (payload: Buffer): unknown => JSON.parse(payload.toString())

interface PredictMessage {
  readonly sha256: string
  /** The api's id of the request, for the log: at most 36 characters of ASCII. */
  readonly requestId: string
  readonly rows: Buffer
}

export function encodePredict({ sha256, requestId, rows }: PredictMessage): Buffer {
  const header = Buffer.alloc(predictHeaderBytes, ' ')
  header.write(sha256, 'hex')
  header.write(requestId, hashBytes, requestIdBytes, 'latin1')
  return Buffer.concat([header, rows])
}

export function decodePredict(payload: Buffer): PredictMessage {
  return {
    sha256: payload.toString('hex', 0, hashBytes),
    requestId: payload.toString('latin1', hashBytes, predictHeaderBytes).trimEnd(),
    rows: payload.subarray(predictHeaderBytes),
  }
}

export function encodeAnswer({ lines, queueMs, computeMs, batchRows }: Answer): Buffer {
  const header = Buffer.allocUnsafe(answerHeaderBytes)
  header.writeFloatLE(queueMs, 0)
  header.writeFloatLE(computeMs, 4)
  header.writeUInt32LE(batchRows, 8)
  return Buffer.concat([header, Buffer.from(lines.join('\n'))])
}

export function decodeAnswer(payload: Buffer): Answer {
  return {
    queueMs: payload.readFloatLE(0),
    computeMs: payload.readFloatLE(4),
    batchRows: payload.readUInt32LE(8),
    lines: payload.toString('utf8', answerHeaderBytes).split('\n'),
  }
}

export function encodeFailure(error: unknown): Buffer {
  if (error instanceof FlywheelError) {
    const { code, message: detail, errors, remedy } = error
    return encodeJson({ code, detail, errors, remedy } satisfies Failure)
  }
  const detail = error instanceof Error ? error.message : String(error)
  return encodeJson({ code: 'tensorflow-failed', detail } satisfies Failure)
}

export function decodeFailure(payload: Buffer): FlywheelError {
  const { code, detail, ...rest } = decodeJson(payload) as Failure
  return new FlywheelError(code, detail, rest)
}

interface Failure {
  readonly code: ErrorCode
  readonly detail: string
  readonly errors?: readonly ErrorDetail[]
  readonly remedy?: string
}
