import { type ErrorCode, type ErrorDetail, FlywheelError } from '../contracts/errors.js'
import { encodeRows, type RowBatch } from './row-batch.js'

/** Kinds of frames: up to `drop` they go to the predictor, the others come from it. */
export const kinds = {
  hold: 1,
  predict: 2,
  cancel: 3,
  load: 4,
  drop: 5,
  ready: 16,
  answer: 17,
  failure: 18,
  status: 19,
} as const

/** How a predictor process is started: its one argument, as JSON. */
export interface PredictorOptions {
  readonly socket: string
  readonly artifactsFolder: string
  readonly tensorflowFolder: string
  readonly device: 'auto' | 'cpu' | 'gpu'
  /** Of the process; what does not fit is not loaded. */
  readonly memoryBytes: number
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
  readonly loaded: readonly LoadedVersion[]
  /** How long the batch that runs longest has been running, in milliseconds; 0 where none runs. */
  readonly runningMs: number
}

/** What computes a version, and why that. */
export interface ExecutorChoice {
  readonly name: 'onnx' | 'tensorflow'
  readonly reason: string
}

/** A version in memory, warm. */
export interface LoadedVersion {
  /** Of its manifest. */
  readonly sha256: string
  readonly executor: ExecutorChoice
}

/** One answer: a JSON object for each row, one a line, and where the time went. */
export interface Answer {
  readonly lines: readonly string[]
  /** From the request's arrival in the predictor to its batch. */
  readonly queueMs: number
  /** What of that the batch waited for more requests. */
  readonly delayMs: number
  readonly computeMs: number
  /** Rows of all requests that were computed together. */
  readonly batchRows: number
}

/** How one request wants to be answered. */
export interface PredictTerms {
  /** The api's id of the request, for the log: at most 36 characters of ASCII. */
  readonly requestId?: string
  /** Of the model; null: nothing waits, and batches are as large as what has queued. */
  readonly latencyTargetMs?: number | null
  /** Rows that are computed together at most; left out: the batcher's own bound. */
  readonly maxBatchRows?: number
  /** After which nobody waits for the answer any more. */
  readonly timeoutMs?: number
}

const hashBytes = 32
/** A UUID as text; blank where the request has none. */
const requestIdBytes = 36
const numbersAt = hashBytes + requestIdBytes
const predictHeaderBytes = numbersAt + 20
const answerHeaderBytes = 16

export const encodeJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
export const decodeJson = (payload: Buffer): unknown => JSON.parse(payload.toString())

/**
 * The version's sha256, the request's id, its latency target and its time (milliseconds, float64; NaN: none), the most rows
 * of its batch (uint32; 0: none), the rows.
 * */
export function encodePredict(sha256: string, rows: RowBatch, terms: PredictTerms = {}): Buffer {
  const header = encodeRows(rows, { room: predictHeaderBytes })
  header.write(sha256, 'hex')
  header.write((terms.requestId ?? '').padEnd(requestIdBytes), hashBytes, requestIdBytes, 'latin1')
  header.writeDoubleLE(terms.latencyTargetMs ?? Number.NaN, numbersAt)
  header.writeDoubleLE(terms.timeoutMs ?? Number.NaN, numbersAt + 8)
  header.writeUInt32LE(terms.maxBatchRows ?? 0, numbersAt + 16)
  return header
}

export function decodePredict(payload: Buffer): { sha256: string; terms: PredictTerms; rows: Buffer } {
  const [latencyTargetMs, timeoutMs] = [payload.readDoubleLE(numbersAt), payload.readDoubleLE(numbersAt + 8)]
  const maxBatchRows = payload.readUInt32LE(numbersAt + 16)
  return {
    sha256: payload.toString('hex', 0, hashBytes),
    terms: {
      requestId: payload.toString('latin1', hashBytes, numbersAt).trimEnd(),
      ...(Number.isNaN(latencyTargetMs) ? {} : { latencyTargetMs }),
      ...(Number.isNaN(timeoutMs) ? {} : { timeoutMs }),
      ...(maxBatchRows === 0 ? {} : { maxBatchRows }),
    },
    rows: payload.subarray(predictHeaderBytes),
  }
}

export function encodeAnswer({ lines, queueMs, delayMs, computeMs, batchRows }: Answer): Buffer {
  const header = Buffer.allocUnsafe(answerHeaderBytes)
  header.writeFloatLE(queueMs, 0)
  header.writeFloatLE(delayMs, 4)
  header.writeFloatLE(computeMs, 8)
  header.writeUInt32LE(batchRows, 12)
  return Buffer.concat([header, Buffer.from(lines.join('\n'))])
}

export function decodeAnswer(payload: Buffer): Answer {
  return {
    queueMs: payload.readFloatLE(0),
    delayMs: payload.readFloatLE(4),
    computeMs: payload.readFloatLE(8),
    batchRows: payload.readUInt32LE(12),
    lines: payload.toString('utf8', answerHeaderBytes).split('\n'),
  }
}

export function encodeFailure(error: unknown): Buffer {
  if (error instanceof FlywheelError) {
    const { code, message: detail, errors, remedy, members } = error
    return encodeJson({ code, detail, errors, remedy, members } satisfies Failure)
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
  readonly members?: Readonly<Record<string, unknown>>
}
