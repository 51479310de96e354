import { Type } from 'typebox'
import { sizeOfShape } from '../../datasets/select-rows.js'
import type { Augmentation, TrainingRows } from './augmentation.js'

/** Rows that the deviations are measured on, at most. */
const MEASURED_ROWS = 100_000

/**
 * Gaussian noise on the inputs, which is Tikhonov's regularisation (Bishop 1995). It is in proportion to what a column
 * varies by, so that it does not matter how columns are scaled; a pixel's is in proportion to what all pixels vary by.
 */
export const noise: Augmentation = {
  name: 'noise',
  summary:
    'adds Gaussian noise to numbers, and to pixels; columns with two values or one (flags, one-hot categories) stay as they are',
  rows: ['vector', 'series', 'image'],
  options: Type.Object(
    {
      deviation: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 10,
        description: 'Of the noise, as a share of the deviation that a column has over the training rows',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ deviation }, rows) {
    const deviations = rows.kind === 'image' ? overall(rows) : byElement(rows)
    const scales = deviations.map((own) => own * (deviation as number))
    return (x, { tf, random }) =>
      tf.add(x, tf.mul(random.normal(x.shape), tf.tensor(scales, [1, ...rows.shape])))
  },
}

/** [elements]: the deviation of each over the training rows; 0 for those with at most two different values. */
function byElement(given: TrainingRows): Float32Array {
  const { features, shape } = given
  const rows = measuredRows(given)
  const size = sizeOfShape(shape)
  const [means, variances] = [new Float64Array(size), new Float64Array(size)]
  const first = features.subarray((rows[0] ?? 0) * size, ((rows[0] ?? 0) + 1) * size)
  const second = new Float32Array(size).fill(Number.NaN)
  const hasMore = new Uint8Array(size)
  for (const row of rows) {
    for (let at = 0, from = row * size; at < size; at++, from++) {
      const value = features[from] as number
      means[at] = (means[at] as number) + value / rows.length
      if (value === first[at] || value === second[at]) continue
      if (Number.isNaN(second[at])) second[at] = value
      else hasMore[at] = 1
    }
  }
  for (const row of rows) {
    for (let at = 0, from = row * size; at < size; at++, from++) {
      const distance = (features[from] as number) - (means[at] as number)
      variances[at] = (variances[at] as number) + distance ** 2 / rows.length
    }
  }
  return Float32Array.from(variances, (variance, at) => (hasMore[at] === 1 ? Math.sqrt(variance) : 0))
}

/** [elements]: the deviation of all elements. */
function overall(given: TrainingRows): Float32Array {
  const { features, shape } = given
  const rows = measuredRows(given)
  const size = sizeOfShape(shape)
  const count = rows.length * size
  let mean = 0
  for (const row of rows) {
    for (let at = row * size; at < (row + 1) * size; at++) mean += (features[at] as number) / count
  }
  let variance = 0
  for (const row of rows) {
    for (let at = row * size; at < (row + 1) * size; at++) {
      variance += ((features[at] as number) - mean) ** 2 / count
    }
  }
  return new Float32Array(size).fill(Math.sqrt(variance))
}

/** Training rows at equal distances: they are looked at where they lie, as a copy may be larger than memory. */
function measuredRows({ training }: TrainingRows): Int32Array {
  const every = Math.ceil(training.length / MEASURED_ROWS)
  return training.filter((_, at) => at % every === 0)
}
