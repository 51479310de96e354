/** How weights are taken out while a network learns. */
export interface PruningSchedule {
  /** Share of all steps, above 0 and at most 1, after which nothing more is taken out and what is left recovers. */
  readonly until: number
  /** How often weights are taken out, at most. */
  readonly times: number
}

/**
 * The share of the way to the final sparsity at a step, Zhu and Gupta 2017 ("To prune, or not to prune", equation 1 from
 * an initial sparsity of 0): 1 − (1 − t)³, where most goes early, while there is much that does not matter.
 *
 * @param options.totalSteps of the training
 * @returns of a step's number, from 0: 0 to 1, or null where nothing is taken out before that step
 */
export function pruningSteps(
  { until, times }: PruningSchedule,
  { totalSteps }: { totalSteps: number },
): (step: number) => number | null {
  const every = Math.max(1, Math.floor((until * totalSteps) / times))
  const count = Math.max(1, Math.min(times, Math.floor((until * totalSteps) / every)))
  return (step) => {
    const done = step / every
    return Number.isInteger(done) && done >= 1 && done <= count ? 1 - (1 - done / count) ** 3 : null
  }
}
