/** A copy of a request for a version whose answer nobody waits for. */
export interface ShadowCopy {
  /** Memory that it holds while it waits. */
  readonly bytes: number
  /** Must not reject. */
  run(): Promise<void>
}

/**
 * Runs copies of requests behind the requests themselves: few at a time, and no more of them wait than fit into the
 * bounds. What does not fit is dropped, so that shadows cost what they cost but never a request its answer.
 */
export class ShadowCopies {
  readonly #limits: { readonly atOnce: number; readonly maxWaiting: number; readonly maxBytes: number }
  readonly #waiting: ShadowCopy[] = []
  #running = 0
  #bytes = 0
  #isClosed = false
  #idle: (() => void)[] = []

  constructor({ atOnce = 2, maxWaiting = 256, maxBytes = 16 * 1024 ** 2 } = {}) {
    this.#limits = { atOnce, maxWaiting, maxBytes }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes a copy, to be run after what is going on now. @returns false when it is dropped */
  offer(copy: ShadowCopy): boolean {
    const { maxWaiting, maxBytes } = this.#limits
    const isFull = this.#waiting.length >= maxWaiting || this.#bytes + copy.bytes > maxBytes
    if (this.#isClosed || isFull) return false
    this.#waiting.push(copy)
    this.#bytes += copy.bytes
    setImmediate(() => this.#next())
    return true
  }

  /** Drops what waits, and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting.length = 0
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #next(): void {
    if (this.#running >= this.#limits.atOnce) return
    const copy = this.#waiting.shift()
    if (copy === undefined) return
    this.#bytes -= copy.bytes
    this.#running += 1
    void copy.run().finally(() => {
      this.#running -= 1
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
      this.#next()
    })
  }
}
