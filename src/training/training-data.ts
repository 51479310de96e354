import type { Teaching } from './distillation.js'

/** What is trained on. */
export interface TrainingData {
  /** [rows, width], row-major. */
  readonly features: Float32Array
  /** [rows]: class index or value. Only rows that are used must be targets. */
  readonly targets: Float64Array
  /** [rows]: weight of each row in the training loss; absent: 1. */
  readonly rowWeights?: Float32Array
  /** A teacher's answers to the same rows; absent: targets alone are learnt. */
  readonly teaching?: Teaching
}

/** Targets of rows that are not used become 0: they may be missing. */
export function onlyUsed(targets: Float64Array, used: readonly Int32Array[]): Float64Array {
  const kept = new Float64Array(targets.length)
  for (const rows of used) for (const row of rows) kept[row] = targets[row] as number
  return kept
}
