import type { StepRunner } from './step-runner.js'

/** Calls whose rows were ready later than the network was are noticed this late at most. */
const noticeMs = 1

/** Measures how long the network waited for rows, of the time in which its training's steps ran. */
export interface WaitMeter {
  /** The loop turns to steps. */
  start(): void
  /** A call has ended; the next one's rows were gathered meanwhile, in `preparedMs`. */
  called(call: { readonly steps: number; readonly preparedMs: number }): void
  /** The loop turns to something else. */
  stop(): void
  /** Of all the time between `start` and `stop`, without that of compilation: 0 to 1. */
  readonly share: number
}

/**
 * Whatever is no computing of steps counts as waiting. A call whose end nobody could notice, since rows were still being
 * gathered, counts for no longer than its steps take at their fastest.
 */
export function waitMeter(runner: Pick<StepRunner, 'computeMs' | 'compileSeconds'>): WaitMeter {
  let [totalMs, computedMs, fastestMs] = [0, 0, Infinity]
  let [startedAt, compileBefore, computeBefore] = [0, 0, 0]
  return {
    start() {
      startedAt = performance.now()
      compileBefore = runner.compileSeconds
      computeBefore = runner.computeMs
    },
    called({ steps, preparedMs }) {
      const ms = runner.computeMs - computeBefore
      computeBefore = runner.computeMs
      const isNoticed = ms > preparedMs + noticeMs
      if (isNoticed) fastestMs = Math.min(fastestMs, ms / steps)
      computedMs += isNoticed ? ms : Math.min(ms, fastestMs * steps)
    },
    stop() {
      totalMs += performance.now() - startedAt - 1000 * (runner.compileSeconds - compileBefore)
    },
    get share() {
      return totalMs > 0 ? Math.max(0, 1 - computedMs / totalMs) : 0
    },
  }
}
