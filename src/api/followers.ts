/** Who waits for news of a key; woken by database notifications. */
export class Followers {
  readonly #waiting = new Map<string, Set<() => void>>()
  #isClosed = false

  /** Wakes all that wait for the key; with the empty key, which a lost connection gives, everybody. */
  wake(key: string): void {
    const keys = key === '' ? [...this.#waiting.keys()] : [key]
    for (const each of keys) for (const resume of this.#waiting.get(each) ?? []) resume()
  }

  /**
   * Follows a key from now on: news between two calls of `next` is not missed.
   * Close it when done.
   */
  follow(key: string): { next(timeoutMs: number): Promise<void>; close(): void } {
    let hasNews = false
    let resume = () => {}
    const onNews = () => {
      hasNews = true
      resume()
    }
    const all = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, all.add(onNews))
    return {
      next: async (timeoutMs) => {
        if (!hasNews && !this.#isClosed) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, timeoutMs)
            resume = () => {
              clearTimeout(timer)
              resolve()
            }
          })
        }
        hasNews = false
      },
      close: () => {
        all.delete(onNews)
        if (all.size === 0 && this.#waiting.get(key) === all) this.#waiting.delete(key)
      },
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Wakes everybody for the last time. */
  close(): void {
    this.#isClosed = true
    this.wake('')
  }
}
