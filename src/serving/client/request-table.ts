import { FlywheelError } from '../../contracts/errors.js'
import { IdTable } from '../id-table.js'
import type { PredictTerms } from '../messages.js'
import { ServiceRate } from './service-rate.js'

/** The part of an AbortSignal that is used here: making a whole one for every request is costly. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How one request wants to be answered, and what tells that nobody waits for it any more. */
export interface RequestTerms extends PredictTerms {
  readonly signal?: CancelSignal
}

/** What is asked of a predictor, and how its answer is read. */
export interface Question<Result> {
  readonly kind: number
  readonly payload: Buffer
  readonly decode: (answer: Buffer) => Result
}

interface Waiting {
  readonly kind: number
  readonly payload: Buffer
  readonly resolve: (answer: Buffer) => void
  readonly reject: (error: unknown) => void
  /** Ends its timer, and listens to its signal no more. */
  readonly release: () => void
  /** How often it was sent: a request that two processes did not survive is not tried on a third. */
  sent: number
  /** Whether the process that runs now has it. */
  underway: boolean
}

type Send = (message: { kind: number; id: number; payload: Uint8Array }) => void

const maxSends = 2

export const unavailable = (detail: string, afterMs = 1_000): FlywheelError =>
  new FlywheelError('predictor-unavailable', detail, {
    retryAfterSeconds: Math.max(1, Math.ceil(afterMs / 1_000)),
  })

const overloaded = (detail: string, afterMs: number): FlywheelError =>
  new FlywheelError('overloaded', detail, { retryAfterSeconds: Math.max(1, Math.ceil(afterMs / 1_000)) })

const exceeded = (timeoutMs: number): FlywheelError =>
  new FlywheelError('deadline-exceeded', `No answer within the ${timeoutMs} ms of the request`)

const cancelled = (): FlywheelError =>
  new FlywheelError('request-cancelled', 'The client went away before its answer')

/** The requests that wait for an answer, in the order in which they came; bounded in number, bytes and time. */
export class RequestTable {
  readonly #waiting = new IdTable<Waiting>()
  readonly #limits: { timeoutMs: number; maxRequests: number; maxBytes: number }
  readonly #rate = new ServiceRate()
  #lastId = 0
  #bytes = 0

  constructor(limits: { timeoutMs: number; maxRequests: number; maxBytes: number }) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.size
  }

  /**
   * @param onCancel called when the request's signal aborts before its answer; its place is free then
   * @throws FlywheelError overloaded when too much waits already, or for longer than the request may; the answer: deadline-exceeded when its time is
   *   over, predictor-unavailable when it is and no process has the request, request-cancelled
   */
  add<Result>(
    { kind, payload, decode }: Question<Result>,
    { timeoutMs: own, signal }: RequestTerms,
    onCancel: (id: number) => void,
  ): { id: number; answer: Promise<Result> } {
    const { maxRequests, maxBytes, timeoutMs: longest } = this.#limits
    if (signal?.aborted) throw cancelled()
    const waiting = this.#waiting.size
    if (waiting >= maxRequests || this.#bytes + payload.length > maxBytes) {
      throw overloaded(`${waiting} requests wait for the predictor`, 1_000)
    }
    const limitMs = Math.min(own ?? longest, longest)
    const expectedMs = this.#rate.expectedMs(waiting)
    if (expectedMs > limitMs) {
      const detail = `${waiting} requests wait for the predictor, about ${Math.ceil(expectedMs)} ms`
      throw overloaded(`${detail}: longer than the ${limitMs} ms of this one`, expectedMs - limitMs)
    }
    const id = this.#nextId()
    const answer = new Promise<Result>((resolve, reject) => {
      const giveUp = (error: FlywheelError) => {
        this.reject(id, error)
        onCancel(id)
      }
      const isOwn = own !== undefined && own < longest
      // A process that computes it is there: to try again would take as long.
      const isTooLong = () => isOwn || this.#waiting.get(id)?.underway === true
      const late = () =>
        giveUp(isTooLong() ? exceeded(limitMs) : unavailable(`No answer within ${longest} ms`))
      const timer = setTimeout(late, limitMs)
      const cancel = () => giveUp(cancelled())
      signal?.addEventListener('abort', cancel)
      const release = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', cancel)
      }
      this.#waiting.set(id, {
        kind,
        payload,
        resolve: (bytes) => resolve(decode(bytes)),
        reject,
        release,
        sent: 0,
        underway: false,
      })
    })
    this.#bytes += payload.length
    return { id, answer }
  }

  send(id: number, send: Send): void {
    const request = this.#waiting.get(id)
    if (request === undefined || request.underway) return
    request.sent += 1
    request.underway = true
    send({ kind: request.kind, id, payload: request.payload })
  }

  sendWaiting(send: Send): void {
    for (const id of this.#inOrder()) this.send(id, send)
  }

  resolve(id: number, answer: Buffer): void {
    this.#rate.answered({ at: performance.now(), waiting: this.#waiting.size - 1 })
    this.#take(id)?.resolve(answer)
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.reject(error)
  }

  /** The process is gone: what it was sent once is kept for the next one, the rest is refused. */
  childEnded(): void {
    for (const id of this.#inOrder()) {
      const request = this.#waiting.get(id) as Waiting
      request.underway = false
      if (request.sent === 0 || request.sent >= maxSends) {
        this.reject(id, unavailable('The predictor ended before it answered'))
      }
    }
  }

  failAll(detail: string): void {
    for (const id of this.#inOrder()) this.reject(id, unavailable(detail))
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % 0xff_ff_ff_ff) + 1
    while (!this.#waiting.hasPlaceFor(this.#lastId))
    return this.#lastId
  }

  /** As they came. */
  #inOrder(): number[] {
    const age = (id: number) => (this.#lastId - id) >>> 0 // ids begin anew at 2 ** 32
    return this.#waiting.ids().sort((a, b) => age(b) - age(a))
  }

  #take(id: number): Waiting | undefined {
    const request = this.#waiting.delete(id)
    if (request === undefined) return undefined
    request.release()
    this.#bytes -= request.payload.length
    return request
  }
}
