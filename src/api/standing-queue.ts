/** Fewer requests than that are no queue. */
const fewestUnderway = 256
/** A turn of the event loop that takes longer: an answer to what comes now would wait for at least that. */
const longestTurnMs = 25
/** A burst is taken; what still stands after this time is a queue that does not drain. */
const burstMs = 5_000
/** Once requests were refused, a queue is refused that soon … */
const relapseMs = 100
/** … for this long after the last refusal. */
const memoryMs = 10_000

/**
 * Tells a burst, which is taken, from a queue that stands because more comes than can be answered: by how long the
 * delay has been above a bound, as CoDel does (Nichols and Jacobson, Controlling Queue Delay, 2012).
 */
export class StandingQueue {
  #underway = 0
  #longSince: number | null = null
  #refusedAt = Number.NEGATIVE_INFINITY

  get underway(): number {
    return this.#underway
  }

  /**
   * A request has come.
   *
   * @param now in milliseconds
   * @param turnMs what the event loop's last turn took, or this one so far
   * @returns whether it is to be refused; else it counts until `leave`
   */
  enter({ now, turnMs }: { now: number; turnMs: number }): boolean {
    const isLong = this.#underway >= fewestUnderway && turnMs > longestTurnMs
    if (!isLong) this.#longSince = null
    else this.#longSince ??= now
    const allowedMs = now - this.#refusedAt < memoryMs ? relapseMs : burstMs
    if (this.#longSince !== null && now - this.#longSince >= allowedMs) {
      this.#refusedAt = now
      return true
    }
    this.#underway += 1
    return false
  }

  leave(): void {
    this.#underway -= 1
  }
}
