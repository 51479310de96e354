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

/** Where the time of one request went. */
export interface AnswerTimes {
  /** From the request's arrival in the predictor to its batch. */
  readonly queueMs: number
  /** What of that the batch waited for more requests. */
  readonly delayMs: number
  readonly computeMs: number
  /** Rows of all requests that were computed together. */
  readonly batchRows: number
}

/** An answer as text: a JSON object for each row. */
export interface Answer {
  readonly times: AnswerTimes
  readonly lines: readonly string[]
}

/** What the network gave for some rows. */
export interface RowOutputs {
  /** [rows, units], row-major: probabilities in the order of the classes, or values in the target's own unit. */
  readonly outputs: Float32Array | Float64Array
  /** [rows]: the class that is answered, by its place; null for a regression. */
  readonly classes: Int32Array | null
}

/** An answer in numbers. */
export interface NumericAnswer extends RowOutputs {
  readonly times: AnswerTimes
}

/** How one request wants to be answered. */
export interface PredictTerms {
  /** The api's id of the request, for the log: at most 36 characters of ASCII. */
  readonly requestId?: string | undefined
  /** Of the model; null: nothing waits, and batches are as large as what has queued. */
  readonly latencyTargetMs?: number | null | undefined
  /** Rows that are computed together at most; left out: the batcher's own bound. */
  readonly maxBatchRows?: number | undefined
  /** After which nobody waits for the answer any more. */
  readonly timeoutMs?: number | undefined
}

/** What a predictor is asked: rows come beside it. */
export interface PredictQuestion {
  /** Of the version that shall answer. */
  readonly sha256: string
  readonly terms: PredictTerms
  /** Whether it wants a {@link NumericAnswer} in place of an {@link Answer}. */
  readonly isNumeric: boolean
}

const hashBytes = 32
/** A UUID as text; blank where the request has none. */
const requestIdBytes = 36
const numbersAt = hashBytes + requestIdBytes
/** A multiple of 8, as {@link answerHeaderBytes}: numbers behind it can be looked at where they are. */
const predictHeaderBytes = numbersAt + 28
const answerHeaderBytes = 24

export const encodeJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
export const decodeJson = (payload: Buffer): unknown => JSON.parse(payload.toString())

/**
 * The version's sha256, the request's id, its latency target and its time (milliseconds, float64; NaN: none), the most rows
 * of its batch (uint32; 0: none), whether the answer is wanted in numbers (uint32, and four bytes that are 0), the rows.
 */
export function encodePredict(rows: RowBatch, { sha256, terms, isNumeric }: PredictQuestion): Buffer {
  const header = encodeRows(rows, { room: predictHeaderBytes })
  header.write(sha256, 'hex')
  header.write((terms.requestId ?? '').padEnd(requestIdBytes), hashBytes, requestIdBytes, 'latin1')
  header.writeDoubleLE(terms.latencyTargetMs ?? Number.NaN, numbersAt)
  header.writeDoubleLE(terms.timeoutMs ?? Number.NaN, numbersAt + 8)
  header.writeUInt32LE(terms.maxBatchRows ?? 0, numbersAt + 16)
  header.writeUInt32LE(isNumeric ? 1 : 0, numbersAt + 20)
  header.writeUInt32LE(0, numbersAt + 24)
  return header
}

export function decodePredict(payload: Buffer): PredictQuestion & { readonly rows: Buffer } {
  const latencyTargetMs = payload.readDoubleLE(numbersAt)
  const timeoutMs = payload.readDoubleLE(numbersAt + 8)
  const maxBatchRows = payload.readUInt32LE(numbersAt + 16)
  return {
    sha256: payload.toString('hex', 0, hashBytes),
    terms: {
      requestId: payload.toString('latin1', hashBytes, numbersAt).trimEnd(),
      latencyTargetMs: Number.isNaN(latencyTargetMs) ? undefined : latencyTargetMs,
      timeoutMs: Number.isNaN(timeoutMs) ? undefined : timeoutMs,
      maxBatchRows: maxBatchRows === 0 ? undefined : maxBatchRows,
    },
    isNumeric: payload.readUInt32LE(numbersAt + 20) === 1,
    rows: payload.subarray(predictHeaderBytes),
  }
}

/** The times (float32 each), the batch's rows (uint32), eight bytes that {@link encodeNumericAnswer} needs, the lines. */
export function encodeAnswer({ times, lines }: Answer): Buffer {
  const text = lines.join('\n')
  const bytes = Buffer.allocUnsafe(answerHeaderBytes + Buffer.byteLength(text))
  writeTimes(bytes, times)
  bytes.fill(0, answerHeaderBytes - 8, answerHeaderBytes)
  bytes.write(text, answerHeaderBytes)
  return bytes
}

export function decodeAnswer(payload: Buffer): Answer {
  return { times: readTimes(payload), lines: payload.toString('utf8', answerHeaderBytes).split('\n') }
}

/** As {@link encodeAnswer}, but for the end: the count of outputs and their bytes each (uint32), outputs, classes (int32). */
export function encodeNumericAnswer({ times, outputs, classes }: NumericAnswer): Buffer {
  const bytes = Buffer.allocUnsafe(answerHeaderBytes + outputs.byteLength + (classes?.byteLength ?? 0))
  writeTimes(bytes, times)
  bytes.writeUInt32LE(outputs.length, answerHeaderBytes - 8)
  bytes.writeUInt32LE(outputs.BYTES_PER_ELEMENT, answerHeaderBytes - 4)
  const at = writePart(bytes, outputs, answerHeaderBytes)
  if (classes !== null) writePart(bytes, classes, at)
  return bytes
}

export function decodeNumericAnswer(payload: Buffer): NumericAnswer {
  const count = payload.readUInt32LE(answerHeaderBytes - 8)
  const type = payload.readUInt32LE(answerHeaderBytes - 4) === 4 ? Float32Array : Float64Array
  const isAligned = payload.byteOffset % 8 === 0
  const { buffer, byteOffset } = isAligned ? payload : new Uint8Array(payload)
  const classesAt = answerHeaderBytes + count * type.BYTES_PER_ELEMENT
  return {
    times: readTimes(payload),
    outputs: new type(buffer as ArrayBuffer, byteOffset + answerHeaderBytes, count),
    classes:
      classesAt === payload.length
        ? null
        : new Int32Array(buffer as ArrayBuffer, byteOffset + classesAt, (payload.length - classesAt) / 4),
  }
}

function writeTimes(bytes: Buffer, { queueMs, delayMs, computeMs, batchRows }: AnswerTimes): void {
  bytes.writeFloatLE(queueMs, 0)
  bytes.writeFloatLE(delayMs, 4)
  bytes.writeFloatLE(computeMs, 8)
  bytes.writeUInt32LE(batchRows, 12)
}

const readTimes = (payload: Buffer): AnswerTimes => ({
  queueMs: payload.readFloatLE(0),
  delayMs: payload.readFloatLE(4),
  computeMs: payload.readFloatLE(8),
  batchRows: payload.readUInt32LE(12),
})

/** @returns the place behind it */
function writePart(bytes: Buffer, part: Float32Array | Float64Array | Int32Array, at: number): number {
  bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
  return at + part.byteLength
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
