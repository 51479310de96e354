/** Something that the job's report should tell. */
export interface TrainingWarning {
  readonly code: string
  readonly detail: string
  readonly remedy: string
}

/** The warnings of one training, over its attempts and restarts: each code is told once. */
export interface Warnings {
  /** Stored with checkpoints: the process that resumes tells them again, since its report is the one that stays. */
  readonly told: readonly TrainingWarning[]
  warn(warning: TrainingWarning): void
}

export function createWarnings(tell: (warning: TrainingWarning) => void = () => {}): Warnings {
  const told: TrainingWarning[] = []
  return {
    told,
    warn(warning) {
      if (told.some(({ code }) => code === warning.code)) return
      told.push(warning)
      tell(warning)
    },
  }
}
