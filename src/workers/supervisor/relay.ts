import type { Relayed } from '../../queues.js'

/** More than this waiting, while the queue can not be reached, are dropped, oldest first. */
const LIMIT = 2_000
const PROGRESS_INTERVAL_MS = 250

/** Passes a trainer's messages on in their order; of progress, at most four a second and only the newest. */
export class Relay {
  readonly #send: (message: Relayed) => Promise<void>
  readonly #onError: (error: Error) => void
  #waiting: Relayed[] = []
  #working: Promise<void> | null = null
  #progressAt = 0

  constructor({
    send,
    onError,
  }: {
    send: (message: Relayed) => Promise<void>
    onError: (error: Error) => void
  }) {
    this.#send = send
    this.#onError = onError
  }

  push(message: Relayed): void {
    if (message.kind === 'progress') {
      const isLast = message.data.step >= message.data.steps
      if (!isLast && Date.now() - this.#progressAt < PROGRESS_INTERVAL_MS) return
      this.#progressAt = Date.now()
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== 'progress')
    }
    this.#waiting.push(message)
    if (this.#waiting.length > LIMIT) this.#waiting.shift()
    this.#working ??= this.#work()
  }

  /** Resolves when all has been sent, or after the time. */
  async drained(timeoutMs: number): Promise<void> {
    if (this.#working === null) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#working, late])
    clearTimeout(timer)
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#send(next).catch(this.#onError)
    }
    this.#working = null
  }
}
