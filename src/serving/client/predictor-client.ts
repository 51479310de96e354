import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlywheelError } from '../../contracts/errors.js'
import type { Frame } from '../frames.js'
import {
  type Answer,
  decodeAnswer,
  decodeFailure,
  decodeJson,
  decodeNumericAnswer,
  encodeJson,
  encodePredict,
  kinds,
  type LoadedVersion,
  type NumericAnswer,
  type PredictorOptions,
  type PredictorStatus,
} from '../messages.js'
import type { RowBatch } from '../row-batch.js'
import { type Log, PredictorChild } from './predictor-child.js'
import { type Question, RequestTable, type RequestTerms, unavailable } from './request-table.js'

export type PredictorState = 'starting' | 'ready' | 'restarting' | 'closed'

export interface PredictorClientOptions {
  /** The predictor's compiled entry file. */
  readonly entry: string
  readonly options: Omit<PredictorOptions, 'socket' | 'memoryBytes'>
  readonly memoryBytes: number
  readonly log: Log
  /** Longest wait for an answer, the loading of the version included. */
  readonly timeoutMs?: number
  readonly maxRequests?: number
  readonly maxBytes?: number
  /** A process that says nothing for so long, or computes one batch, hangs. */
  readonly hangMs?: number
}

const longestBackoffMs = 30_000
const stableAfterMs = 60_000
const stopLimitMs = 5_000
/** sun_path of a unix socket holds 107 bytes and a zero. */
const socketPathLimit = 107

/** Starts a predictor process and keeps it running until `close`. */
export async function startPredictor(options: PredictorClientOptions): Promise<PredictorClient> {
  const folder = await mkdtemp(join(shortTemporaryFolder(), 'flywheel-'))
  const server = createServer()
  const socket = join(folder, 'predictor')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  return new PredictorClient(options, { folder, server, socket })
}

const shortTemporaryFolder = (): string =>
  Buffer.byteLength(join(tmpdir(), 'flywheel-XXXXXX', 'predictor')) <= socketPathLimit ? tmpdir() : '/tmp'

/**
 * A predictor process as the api sees it: requests go out over one connection and their answers come back by id.
 * When the process ends by itself it is started again; what it had not answered is asked once more, and new
 * requests are refused until it is ready.
 */
export class PredictorClient {
  readonly #settings: PredictorClientOptions
  readonly #endpoint: { folder: string; server: Server; socket: string }
  readonly #requests: RequestTable
  readonly #hangMs: number
  #child: PredictorChild | null = null
  #state: PredictorState = 'starting'
  #status: PredictorStatus | null = null
  #held: readonly string[] = []
  #cause: string | null = null
  #failures = 0
  #restarts = 0
  #readyAt = 0
  #restartTimer: NodeJS.Timeout | null = null
  #ended: () => void = () => {}

  constructor(
    settings: PredictorClientOptions,
    endpoint: { folder: string; server: Server; socket: string },
  ) {
    const { timeoutMs = 30_000, maxRequests = 16_384, maxBytes = 256 * 1024 * 1024 } = settings
    this.#hangMs = settings.hangMs ?? Math.max(30_000, timeoutMs)
    this.#settings = settings
    this.#endpoint = endpoint
    this.#requests = new RequestTable({ timeoutMs, maxRequests, maxBytes })
    endpoint.server.on('connection', (socket) => this.#child?.attach(socket))
    this.#start()
  }

  get state(): PredictorState {
    return this.#state
  }

  /** Why the process is not ready: the last end's cause; null before any. */
  get cause(): string | null {
    return this.#cause
  }

  get status(): PredictorStatus | null {
    return this.#status
  }

  get restarts(): number {
    return this.#restarts
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get waiting(): number {
    return this.#requests.size
  }

  /**
   * Answers rows with a version, which is loaded if it is not yet.
   *
   * @throws FlywheelError predictor-unavailable while the process restarts or when the time is over, overloaded
   *   when too much waits, deadline-exceeded, request-cancelled, artifact-damaged when the version's files are
   */
  async predict(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<Answer> {
    const payload = encodePredict(rows, { sha256, terms, isNumeric: false })
    return this.#ask({ kind: kinds.predict, payload, decode: decodeAnswer }, terms)
  }

  /** As {@link predict}, in numbers. */
  async predictNumbers(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<NumericAnswer> {
    const payload = encodePredict(rows, { sha256, terms, isNumeric: true })
    return this.#ask({ kind: kinds.predict, payload, decode: decodeNumericAnswer }, terms)
  }

  /**
   * Loads a version, if it is not in memory, and runs it once: the next request finds it warm.
   *
   * @throws FlywheelError as {@link predict}, memory-insufficient
   */
  async load(sha256: string): Promise<LoadedVersion> {
    const decode = (bytes: Buffer) => decodeJson(bytes) as LoadedVersion
    return this.#ask({ kind: kinds.load, payload: encodeJson(sha256), decode }, {})
  }

  /** Says which versions to keep in memory; what is not named is unloaded some time after its last use. */
  hold(hashes: readonly string[]): void {
    const isSame = hashes.length === this.#held.length && hashes.every((hash) => this.#held.includes(hash))
    if (isSame) return
    this.#held = [...hashes]
    if (this.#state === 'ready') this.#child?.hold(hashes)
  }

  /** Gives back the memory of versions at once, unless they are held or in use. */
  drop(hashes: readonly string[]): void {
    if (this.#state === 'ready') this.#child?.drop(hashes)
  }

  /** Ends the process; what waits is refused. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    if (this.#restartTimer) clearTimeout(this.#restartTimer)
    const child = this.#child
    if (child) {
      const killer = setTimeout(() => child.kill(), stopLimitMs)
      await new Promise<void>((resolve) => {
        this.#ended = resolve
        child.stop()
      })
      clearTimeout(killer)
    }
    this.#requests.failAll('The predictor is closing')
    await new Promise((resolve) => this.#endpoint.server.close(resolve))
    await rm(this.#endpoint.folder, { recursive: true, force: true })
  }

  #ask<Result>(question: Question<Result>, terms: RequestTerms): Promise<Result> {
    if (this.#state === 'restarting' || this.#state === 'closed') {
      throw unavailable('The predictor is restarting', this.#backoffMs())
    }
    const { id, answer } = this.#requests.add(question, terms, () => this.#child?.cancel(id))
    if (this.#state === 'ready') this.#requests.send(id, (message) => this.#child?.send(message))
    return answer
  }

  #start(): void {
    const { entry, options, memoryBytes, log } = this.#settings
    this.#child = new PredictorChild({
      entry,
      options: { ...options, memoryBytes, socket: this.#endpoint.socket },
      hangMs: this.#hangMs,
      memoryBytes,
      log,
      events: {
        onReady: (status) => this.#becomeReady(status),
        onFrame: (frame) => this.#receive(frame),
        onExit: (cause) => this.#restart(cause),
      },
    })
  }

  #becomeReady(status: PredictorStatus): void {
    if (this.#state === 'closed') return
    this.#state = 'ready'
    this.#status = status
    this.#readyAt = performance.now()
    this.#child?.hold(this.#held)
    this.#requests.sendWaiting((message) => this.#child?.send(message))
  }

  #receive({ kind, id, payload }: Frame): void {
    if (kind === kinds.answer) this.#requests.resolve(id, payload)
    else if (kind === kinds.failure) this.#requests.reject(id, decodeFailure(payload))
    else if (kind === kinds.status) this.#keep(decodeJson(payload) as PredictorStatus)
    else throw new FlywheelError('internal', `a frame of kind ${kind} came from the predictor`)
  }

  #keep(status: PredictorStatus): void {
    this.#status = status
    const { runningMs } = status
    if (runningMs > this.#hangMs)
      this.#child?.kill(`a batch has been running for ${Math.round(runningMs)} ms`)
  }

  #restart(cause: string): void {
    const wasReady = this.#state === 'ready'
    this.#child = null
    this.#status = null
    if (this.#state === 'closed') {
      this.#ended()
      return
    }
    this.#cause = cause
    this.#state = 'restarting'
    this.#requests.childEnded()
    if (wasReady && performance.now() - this.#readyAt > stableAfterMs) this.#failures = 0
    const delayMs = this.#failures === 0 ? 0 : this.#backoffMs()
    this.#failures += 1
    this.#restarts += 1
    this.#settings.log.error({ cause, delayMs }, 'the predictor ended and is started again')
    this.#restartTimer = setTimeout(() => this.#start(), delayMs)
  }

  #backoffMs(): number {
    return Math.min(longestBackoffMs, 500 * 2 ** Math.max(0, this.#failures - 1))
  }
}
