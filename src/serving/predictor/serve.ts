import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlywheelError } from '../../contracts/errors.js'
import { type Frame, frameLimitBytes, frameWriter } from '../frames.js'
import { IdTable } from '../id-table.js'
import {
  decodeJson,
  decodePredict,
  encodeAnswer,
  encodeFailure,
  encodeJson,
  encodeNumericAnswer,
  kinds,
  type PredictorStatus,
} from '../messages.js'
import { decodeRows } from '../row-batch.js'
import type { BatchedAnswer } from './batched-answer.js'
import { FrameSlabs } from './frame-slabs.js'
import { PredictRequest } from './request.js'
import { logAnswer, logFailure } from './request-log.js'
import type { ServedModel } from './served-model.js'
import { Shelf } from './shelf.js'

const statusEveryMs = 1_000
const drainLimitMs = 3_000
const drainStepMs = 10

export interface ServeOptions {
  /** The api's unix socket. */
  readonly socket: string
  readonly load: (sha256: string) => Promise<ServedModel>
  /** What TensorFlow runs on, once it has been started. */
  readonly tensorflow: () => PredictorStatus['tensorflow']
  /** Whether each request is logged, not only those that failed. */
  readonly logsRequests?: boolean
}

/**
 * Connects to the api and answers its requests until the connection ends or `SIGTERM` comes.
 * Resolves when all that was taken is answered.
 */
export async function servePredictor({
  socket: path,
  load,
  tensorflow,
  logsRequests = false,
}: ServeOptions): Promise<void> {
  const shelf = new Shelf({
    load,
    onError: (sha256, error) => process.stderr.write(`version ${sha256} is not loaded: ${error}\n`),
  })
  // Frames wait in the slabs, and what is told of them goes to the socket, which is made for the slabs.
  let receive: (frame: Frame) => Promise<void> | undefined = () => undefined
  const slabs = new FrameSlabs((frame) => receive(frame))
  const socket = await connected(path, slabs)
  const write = frameWriter(socket)
  const send: Send = (kind, id, payload) => write({ kind, id, payload })
  const status = (): Buffer =>
    encodeJson({
      pid: process.pid,
      tensorflow: tensorflow(),
      loaded: shelf.loaded,
      runningMs: shelf.runningMs,
    } satisfies PredictorStatus)
  const sendStatus = () => send(kinds.status, 0, status())
  receive = receiver({ shelf, send, sendStatus, logsRequests })
  const heartbeat = setInterval(() => {
    shelf.sweep()
    sendStatus()
  }, statusEveryMs)
  send(kinds.ready, 0, status())
  await ended(socket)
  clearInterval(heartbeat)
  await drained(shelf)
  await new Promise((resolve) => (socket.destroyed ? resolve(null) : socket.end(() => resolve(null))))
}

type Send = (kind: number, id: number, payload: Uint8Array) => void

/** @returns what takes the api's frames: rows to answer, requests to forget, versions to hold */
function receiver({
  shelf,
  send,
  sendStatus,
  logsRequests,
}: {
  shelf: Shelf
  send: Send
  sendStatus: () => void
  logsRequests: boolean
}): (frame: Frame) => Promise<void> | undefined {
  const requests = new IdTable<PredictRequest>()

  async function answer(id: number, payload: Buffer): Promise<void> {
    let logged = { requestId: '', sha256: '' }
    try {
      const { sha256, terms, isNumeric, rows } = decodePredict(payload)
      logged = { requestId: terms.requestId ?? '', sha256 }
      const request = new PredictRequest(decodeRows(rows), terms)
      requests.set(id, request)
      const answered = await shelf.predict(sha256, request)
      send(kinds.answer, id, fitting(isNumeric ? numeric(answered) : textual(answered)))
      if (logsRequests) logAnswer(answered, logged)
    } catch (error) {
      logFailure(error, { ...logged, logsRequests })
      // The api has forgotten a request that it cancelled.
      if (requests.get(id)?.isCancelled !== true) send(kinds.failure, id, encodeFailure(error))
    } finally {
      requests.delete(id)
    }
  }

  async function load(id: number, sha256: string): Promise<void> {
    try {
      const loaded = await shelf.load(sha256)
      sendStatus()
      send(kinds.answer, id, encodeJson(loaded))
    } catch (error) {
      send(kinds.failure, id, encodeFailure(error))
    }
  }

  return ({ kind, id, payload }) => {
    if (kind === kinds.predict) return answer(id, payload)
    if (kind === kinds.hold) shelf.hold(decodeJson(payload) as string[])
    else if (kind === kinds.drop) shelf.drop(decodeJson(payload) as string[])
    else if (kind === kinds.load) void load(id, decodeJson(payload) as string)
    else if (kind === kinds.cancel) requests.get(id)?.cancel()
    else throw new RangeError(`a frame of kind ${kind}`)
    return undefined
  }
}

const textual = ({ lines, times }: BatchedAnswer): Buffer => encodeAnswer({ times, lines })

function numeric({ outputs: { outputs, classes }, times }: BatchedAnswer): Buffer {
  return encodeNumericAnswer({ times, outputs, classes })
}

/** The api takes a larger frame for a broken stream. */
function fitting(answer: Buffer): Buffer {
  if (answer.length <= frameLimitBytes) return answer
  throw new FlywheelError('body-too-large', `The answer takes ${answer.length} bytes`, {
    remedy: 'Send fewer rows at once',
  })
}

const connected = (path: string, slabs: FrameSlabs): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const onread = {
      buffer: () => slabs.room(),
      callback: (length: number) => {
        slabs.wrote(length)
        return true
      },
    }
    const socket = connect({ path, onread })
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })

/** Ends with the connection (the api is gone) or with the api's `SIGTERM`. */
const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve())
    process.once('SIGTERM', () => resolve())
  })

async function drained(shelf: Shelf): Promise<void> {
  const deadline = performance.now() + drainLimitMs
  while (!shelf.isIdle && performance.now() < deadline) await sleep(drainStepMs)
}
