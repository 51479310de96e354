import type { Label } from '../contracts/task.js'

export interface TrivialPredictor {
  /** In words: "always no, the most frequent class". */
  readonly predictor: string
  /** [rows, units]: the same for each row. */
  readonly outputs: Float64Array
}

/** The targets that a trivial predictor knows, and what they are: "the training rows". */
export interface KnownTargets {
  readonly targets: Float64Array
  readonly of: string
}

/** Answers every row with the shares of the classes among the known rows, and so with the most frequent class. */
export function majorityPredictor(
  { targets, of }: KnownTargets,
  { rows, classes }: { rows: number; classes: readonly Label[] },
): TrivialPredictor {
  const counts = new Float64Array(classes.length)
  for (let row = 0; row < targets.length; row++) {
    const index = targets[row] as number
    counts[index] = (counts[index] as number) + 1
  }
  const shares = counts.map((count) => count / targets.length)
  const outputs = new Float64Array(rows * classes.length)
  for (let row = 0; row < rows; row++) outputs.set(shares, row * classes.length)
  const majority = classes[shares.indexOf(Math.max(...shares))]
  return { predictor: `always ${String(majority)}, the most frequent class of ${of}`, outputs }
}

/** Answers every row with the mean of the known rows. */
export function meanPredictor({ targets, of }: KnownTargets, rows: number): TrivialPredictor {
  let sum = 0
  for (let row = 0; row < targets.length; row++) sum += targets[row] as number
  const mean = sum / targets.length
  return {
    predictor: `always ${Number(mean.toPrecision(6))}, the mean of ${of}`,
    outputs: new Float64Array(rows).fill(mean),
  }
}
