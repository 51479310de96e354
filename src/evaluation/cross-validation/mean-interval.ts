import { studentTQuantile } from '../comparison/student-t.js'

export interface MeanInterval {
  /** Null without any value. */
  readonly mean: number | null
  /** 95 % interval of the mean; null with fewer than two values. */
  readonly interval: [number, number] | null
}

/**
 * The mean of a metric over folds and its interval by Student's t. Folds share training rows, so their figures are not
 * independent and the interval is a little too narrow (Bengio and Grandvalet 2004); no unbiased one exists.
 *
 * @param values null where the metric is undefined
 */
export function meanInterval(values: readonly (number | null)[]): MeanInterval {
  const known = values.filter((value) => value !== null)
  const count = known.length
  if (count === 0) return { mean: null, interval: null }
  const mean = known.reduce((sum, value) => sum + value, 0) / count
  if (count === 1) return { mean, interval: null }
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const half = studentTQuantile(0.975, count - 1) * Math.sqrt(squares / (count - 1) / count)
  return { mean, interval: [mean - half, mean + half] }
}
