import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeFrame, type Frame, frameReader } from '../frames.js'
import {
  decodeJson,
  decodePredict,
  encodeAnswer,
  encodeFailure,
  encodeJson,
  kinds,
  type PredictorStatus,
} from '../messages.js'
import { decodeRows } from '../row-batch.js'
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
  const socket = await connected(path)
  const send = (kind: number, id: number, payload: Uint8Array) => {
    if (socket.writable) socket.write(encodeFrame({ kind, id, payload }))
  }
  const status = (): Buffer =>
    encodeJson({ pid: process.pid, tensorflow: tensorflow(), loaded: shelf.loaded } satisfies PredictorStatus)
  socket.on(
    'data',
    frameReader((frame) => receive(frame, { shelf, send, logsRequests })),
  )
  const heartbeat = setInterval(() => {
    shelf.sweep()
    send(kinds.status, 0, status())
  }, statusEveryMs)
  send(kinds.ready, 0, status())
  await ended(socket)
  clearInterval(heartbeat)
  await drained(shelf)
  await new Promise((resolve) => (socket.destroyed ? resolve(null) : socket.end(() => resolve(null))))
}

function receive(
  { kind, id, payload }: Frame,
  {
    shelf,
    send,
    logsRequests,
  }: {
    shelf: Shelf
    send: (kind: number, id: number, payload: Uint8Array) => void
    logsRequests: boolean
  },
): void {
  if (kind === kinds.hold) {
    shelf.hold(decodeJson(payload) as string[])
    return
  }
  const { sha256, requestId, rows } = decodePredict(payload)
  shelf.predict(sha256, decodeRows(rows)).then(
    (answer) => {
      send(kinds.answer, id, encodeAnswer(answer))
      if (logsRequests) logAnswer(answer, { requestId, sha256 })
    },
    (error: unknown) => {
      send(kinds.failure, id, encodeFailure(error))
      logFailure(error, { requestId, sha256, logsRequests })
    },
  )
}

const connected = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(path)
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
