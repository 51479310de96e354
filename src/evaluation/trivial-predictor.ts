import type { Label } from '../contracts/task.js'

export interface TrivialPredictor {
  /** In words: "always no, the most frequent class". */
  readonly predictor: string
  /** [rows, units]: the same for each row. */
  readonly outputs: Float64Array
}

/** Answers every row with the shares of the classes in the training rows, and so with the most frequent class. */
export function majorityPredictor(
  trainingTarget: Float64Array,
  { rows, classes }: { rows: number; classes: readonly Label[] },
): TrivialPredictor {
  const shares = new Float64Array(classes.length)
  for (let row = 0; row < trainingTarget.length; row++) {
    const index = trainingTarget[row] as number
    shares[index] = (shares[index] as number) + 1 / trainingTarget.length
  }
  const outputs = new Float64Array(rows * classes.length)
  for (let row = 0; row < rows; row++) outputs.set(shares, row * classes.length)
  const majority = classes[shares.indexOf(Math.max(...shares))]
  return { predictor: `always ${String(majority)}, the most frequent class of the training rows`, outputs }
}

/** Answers every row with the mean of the training rows. */
export function meanPredictor(trainingTarget: Float64Array, rows: number): TrivialPredictor {
  let sum = 0
  for (let row = 0; row < trainingTarget.length; row++) sum += trainingTarget[row] as number
  const mean = sum / trainingTarget.length
  return {
    predictor: `always ${Number(mean.toPrecision(6))}, the mean of the training rows`,
    outputs: new Float64Array(rows).fill(mean),
  }
}
