import type { TrainingRows } from './augmentation.js'

/** Rows that the range is measured on, at most. */
const MEASURED_ROWS = 10_000

/** What the pixels of the training rows hold. */
export interface PixelRange {
  readonly low: number
  readonly high: number
  /** [channels] */
  readonly means: readonly number[]
}

export function pixelRange({ features, training, shape }: TrainingRows): PixelRange {
  const [height = 1, width = 1, channels = 1] = shape
  const size = height * width * channels
  const every = Math.ceil(training.length / MEASURED_ROWS)
  let [low, high, rows] = [Infinity, -Infinity, 0]
  const sums = new Float64Array(channels)
  for (let at = 0; at < training.length; at += every) {
    rows++
    const start = (training[at] as number) * size
    for (let i = 0; i < size; i++) {
      const value = features[start + i] as number
      if (value < low) low = value
      if (value > high) high = value
      sums[i % channels] = (sums[i % channels] as number) + value
    }
  }
  return { low, high, means: Array.from(sums, (sum) => sum / (rows * height * width)) }
}
