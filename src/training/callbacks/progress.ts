import type { JobProgress } from '../../contracts/job.js'
import { means } from '../state.js'
import type { Callback, TrainingView } from './callback.js'

/** Tells how far the training is: with the first steps, then at most every `everyMs`, and after each epoch. */
export function progress(report: (progress: JobProgress) => void, everyMs = 500): Callback {
  let reportedAt = Number.NEGATIVE_INFINITY
  let started: { at: number; step: number } | undefined

  function tell({ state, stepsPerEpoch, epochs }: TrainingView, metrics: Record<string, number>): void {
    const now = performance.now()
    started ??= { at: now, step: state.step }
    reportedAt = now
    const steps = stepsPerEpoch * epochs
    const done = state.step - started.step
    const secondsEach = done > 0 ? (now - started.at) / 1000 / done : null
    report({
      step: state.step,
      steps,
      epoch: Math.min(state.epoch + 1, epochs),
      metrics: { ...state.history.at(-1), ...metrics },
      secondsLeft: secondsEach === null ? null : Number((secondsEach * (steps - state.step)).toFixed(1)),
    })
  }

  return {
    stepsDone(view) {
      if (performance.now() - reportedAt >= everyMs) tell(view, means(view.state, view.runner.metrics))
    },
    epochDone: (view) => tell(view, {}),
  }
}
