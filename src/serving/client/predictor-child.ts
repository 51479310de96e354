import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { residentBytes } from '../../resident-memory.js'
import { v8Threads } from '../../v8-threads.js'
import { type Frame, frameReader, frameWriter, type OutgoingFrame } from '../frames.js'
import { readLogLine } from '../log-line.js'
import { decodeJson, encodeJson, kinds, type PredictorOptions, type PredictorStatus } from '../messages.js'
import { predictorEnvironment } from './predictor-environment.js'

/** The part of a logger that is used here. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ChildEvents {
  onReady(status: PredictorStatus): void
  onFrame(frame: Frame): void
  /** Called once, however the process ended; `cause` is one line for people. */
  onExit(cause: string): void
}

const noBytes = new Uint8Array(0)
const logLinesKept = 20
const startLimitTicks = 60

/** One predictor process from its start to its end: spawned in a group of its own, watched every second. */
export class PredictorChild {
  readonly #process: ChildProcess
  readonly #events: ChildEvents
  readonly #log: Log
  readonly #memoryBytes: number
  readonly #hangMs: number
  readonly #watch: NodeJS.Timeout
  readonly #lastLines: string[] = []
  #socket: Socket | null = null
  #write: (frame: OutgoingFrame) => void = () => {}
  #ready = false
  #ticks = 0
  #killedFor: string | null = null

  constructor({
    entry,
    options,
    memoryBytes,
    hangMs,
    log,
    events,
  }: {
    entry: string
    options: PredictorOptions
    memoryBytes: number
    /** After so long without a word the process is taken to hang. */
    hangMs: number
    log: Log
    events: ChildEvents
  }) {
    this.#events = events
    this.#log = log
    this.#memoryBytes = memoryBytes
    this.#hangMs = hangMs
    this.#process = spawn(process.execPath, [...v8Threads(), entry, JSON.stringify(options)], {
      detached: true,
      env: predictorEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process.on('error', (error) => this.#kill(error.message))
    this.#process.once('close', (code, signal) => this.#end(signal ?? `exit code ${code}`))
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#keepLine(line))
    }
    this.#watch = setInterval(() => void this.#tick(), 1_000)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Gives the process the connection that it opened. */
  attach(socket: Socket): void {
    this.#socket = socket
    this.#write = frameWriter(socket)
    const read = frameReader((frame) => this.#receive(frame))
    socket.on('data', (chunk: Buffer) => {
      try {
        read(chunk)
      } catch (error) {
        this.#kill(`it sent what can not be read: ${(error as Error).message}`)
      }
    })
    socket.on('error', (error) => this.#log.warn({ error: error.message }, 'predictor connection'))
    socket.once('close', () => this.#kill('its connection closed'))
  }

  send(message: OutgoingFrame): void {
    this.#write(message)
  }

  hold(hashes: readonly string[]): void {
    this.send({ kind: kinds.hold, id: 0, payload: encodeJson(hashes) })
  }

  drop(hashes: readonly string[]): void {
    this.send({ kind: kinds.drop, id: 0, payload: encodeJson(hashes) })
  }

  /** A request's answer is not waited for any more. */
  cancel(id: number): void {
    this.send({ kind: kinds.cancel, id, payload: noBytes })
  }

  /** Asks the process to end: it answers what it has taken, then exits. */
  stop(): void {
    this.#killedFor ??= 'stopped'
    this.#process.kill('SIGTERM')
  }

  kill(cause = 'stopped'): void {
    this.#kill(cause)
  }

  #receive(frame: Frame): void {
    this.#ticks = 0
    if (frame.kind === kinds.ready) {
      this.#ready = true
      this.#events.onReady(decodeJson(frame.payload) as PredictorStatus)
    } else {
      this.#events.onFrame(frame)
    }
  }

  async #tick(): Promise<void> {
    this.#ticks += 1
    if (!this.#ready && this.#ticks > startLimitTicks) this.#kill(`not ready after ${startLimitTicks} s`)
    // A predictor says something every second.
    if (this.#ready && this.#ticks * 1_000 > this.#hangMs) this.#kill(`silent for ${this.#ticks} s`)
    const bytes = await residentBytes(this.#process.pid)
    if (bytes > this.#memoryBytes && this.#killedFor === null) {
      this.#killedFor = `it used ${bytes} bytes of memory, more than ${this.#memoryBytes}`
      this.#process.kill('SIGTERM')
    }
  }

  #keepLine(line: string): void {
    const written = readLogLine(line)
    if (written) {
      const { level, msg, ...fields } = written
      this.#log[level]({ predictor: this.pid, ...fields }, msg)
      return
    }
    this.#lastLines.push(line)
    if (this.#lastLines.length > logLinesKept) this.#lastLines.shift()
    this.#log.info({ predictor: this.pid }, line)
  }

  #kill(cause: string): void {
    this.#killedFor ??= cause
    this.#process.kill('SIGKILL')
  }

  #end(how: string): void {
    clearInterval(this.#watch)
    this.#socket?.destroy()
    const lastLine = this.#lastLines.at(-1)
    this.#events.onExit(this.#killedFor ?? (lastLine === undefined ? how : `${how}: ${lastLine}`))
  }
}
