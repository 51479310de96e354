/** Fewer requests than that are no queue, whatever they take. */
const fewestWaiting = 64
/** What the last hundred answers or so took counts. */
const answersAveraged = 100

/** How fast answers come while requests wait, and so how long one more request would wait. */
export class ServiceRate {
  #perAnswerMs = 0
  #answeredAt: number | null = null

  /** @param waiting requests that still wait after this answer; the next one follows on it only if there are some */
  answered({ at, waiting }: { at: number; waiting: number }): void {
    if (this.#answeredAt !== null)
      this.#perAnswerMs += (at - this.#answeredAt - this.#perAnswerMs) / answersAveraged
    this.#answeredAt = waiting > 0 ? at : null
  }

  /** Milliseconds until a request that comes now is answered; 0 where hardly any waits before it. */
  expectedMs(waiting: number): number {
    return waiting < fewestWaiting ? 0 : waiting * this.#perAnswerMs
  }
}
