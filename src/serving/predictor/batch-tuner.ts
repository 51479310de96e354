/** What earlier runs weigh against the last one: after 50 runs a third of that. */
const forgetting = 0.98
/** A request waits for the run that is underway, then for its own: two runs fit into the target. */
const runsWithinTarget = 2
/** Bounds the memory of one run. */
const largestBatchRows = 2_048
/** Of the first run, of which nobody knows what a row costs. */
const firstBatchRows = 32
/** Milliseconds that a run shall take at most: until it ends nobody else has a turn, and nothing can be cancelled. */
const longestRunMs = 1_000
/** Without a target a run takes no more rows than make what each run costs anyway that share of it: more would save nothing … */
const negligibleShare = 0.05
/** … but up to so many, where they fit into the longest run. */
const fewestBatchRows = 128
/** Waiting pays where runs that are not shared would spend that share of the time on what each costs anyway. */
const payingShare = 0.25
/** Fewer requests than that, won by a wait on average, are not waited for. */
const fewestWon = 0.25
/** After so many runs without a wait one is tried again. */
const probeEveryRuns = 64
/** So many times the usual gap without a request: no more are coming. */
const quietGaps = 4
/** Timers are no finer. */
const shortestWaitMs = 1
/** A gap between requests counts for no more than that, so that a pause is soon forgotten. */
const longestGapMs = 100

/**
 * Learns what runs cost and how requests come, and chooses by that how many rows a run takes and how long it waits
 * for more, so that requests are answered within a target.
 *
 * A run's time is taken to be `fixed + perRow · rows`: least squares over the runs so far, the older the less (recursive
 * least squares with exponential forgetting: Haykin, Adaptive Filter Theory, chapter 10).
 */
export class BatchTuner {
  #weight = 0
  #rows = 0
  #ms = 0
  #rowsSquared = 0
  #rowsMs = 0
  #gapMs = longestGapMs
  #arrivedAt = Number.NEGATIVE_INFINITY
  #won = 1
  #runsWithoutWait = 0

  /** Milliseconds that a run costs whatever it holds, and those of each row; 0 and 0 before the first run. */
  get cost(): { readonly fixedMs: number; readonly perRowMs: number } {
    if (this.#weight === 0) return { fixedMs: 0, perRowMs: 0 }
    const [rows, ms] = [this.#rows / this.#weight, this.#ms / this.#weight]
    const variance = this.#rowsSquared / this.#weight - rows * rows
    // Runs of one size tell nothing of the two apart: all is then laid on the rows.
    if (variance < 1e-6 * rows * rows) return { fixedMs: 0, perRowMs: ms / rows }
    const slope = (this.#rowsMs / this.#weight - rows * ms) / variance
    const perRowMs = Math.min(Math.max(slope, 0), ms / rows)
    return { fixedMs: ms - perRowMs * rows, perRowMs }
  }

  /** A request came, at a time in milliseconds. */
  arrived(at: number): void {
    const gapMs = Math.min(at - this.#arrivedAt, longestGapMs)
    this.#gapMs += (gapMs - this.#gapMs) / 50
    this.#arrivedAt = at
  }

  /** A run has ended. */
  ran({ rows, computeMs }: { rows: number; computeMs: number }): void {
    this.#runsWithoutWait += 1
    this.#weight = this.#weight * forgetting + 1
    this.#rows = this.#rows * forgetting + rows
    this.#ms = this.#ms * forgetting + computeMs
    this.#rowsSquared = this.#rowsSquared * forgetting + rows * rows
    this.#rowsMs = this.#rowsMs * forgetting + rows * computeMs
  }

  /** A run was waited for, and so many more requests came meanwhile. */
  waited(requests: number): void {
    this.#won += (requests - this.#won) / 5
    this.#runsWithoutWait = 0
  }

  /**
   * The most rows of one run. While one is computed, the api sends the answers of the one before: runs that hold all that is
   * underway would let the two wait for each other.
   */
  maxRows(targetMs: number | null): number {
    const { fixedMs, perRowMs } = this.cost
    if (this.#weight === 0) return firstBatchRows
    if (perRowMs === 0) return largestBatchRows
    const within = (ms: number) => Math.max(1, Math.floor((ms - fixedMs) / perRowMs))
    const longest = Math.min(within(longestRunMs), largestBatchRows)
    if (targetMs !== null) return Math.min(within(targetMs / runsWithinTarget), longest)
    const enough = Math.ceil(fixedMs / negligibleShare / perRowMs)
    return Math.min(Math.max(enough, fewestBatchRows), longest)
  }

  /**
   * The most rows that a single request takes of one run; what it has more waits for another turn. A target does not make
   * them fewer than pays: that would only lengthen the request.
   */
  maxPartRows(targetMs: number | null): number {
    return Math.max(this.maxRows(targetMs), this.maxRows(null))
  }

  /**
   * How long a run waits for more requests; asked again when that time is over.
   *
   * @param now in milliseconds, as `oldestAt`, when the first of those that wait came
   * @returns milliseconds; 0: run now
   */
  delayMs(
    targetMs: number | null,
    { rows, oldestAt, now }: { rows: number; oldestAt: number; now: number },
  ): number {
    if (targetMs === null || rows >= this.maxRows(targetMs)) return 0
    const { fixedMs, perRowMs } = this.cost
    if (fixedMs < payingShare * this.#gapMs) return 0
    if (this.#won < fewestWon && this.#runsWithoutWait < probeEveryRuns) return 0
    const untilDue = targetMs / runsWithinTarget - (now - oldestAt) - fixedMs - perRowMs * rows
    if (untilDue < shortestWaitMs) return 0
    const untilQuiet = Math.max(quietGaps * this.#gapMs, shortestWaitMs) - (now - this.#arrivedAt)
    return untilQuiet <= 0 ? 0 : Math.max(Math.min(untilDue, untilQuiet), shortestWaitMs)
  }
}
