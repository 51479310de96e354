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
function byElement(rows: TrainingRows): Float32Array {
  const values = measured(rows)
  const size = sizeOfShape(rows.shape)
  return Float32Array.from({ length: size }, (_, at) => {
    const own = Float64Array.from(
      { length: values.length / size },
      (_, row) => values[row * size + at] as number,
    )
    return hasManyValues(own) ? deviationOf(own) : 0
  })
}

/** [elements]: the deviation of all elements. */
function overall(rows: TrainingRows): Float32Array {
  return new Float32Array(sizeOfShape(rows.shape)).fill(deviationOf(measured(rows)))
}

/** [rows, elements] of training rows at equal distances. */
function measured({ features, training, shape }: TrainingRows): Float32Array {
  const size = sizeOfShape(shape)
  const every = Math.ceil(training.length / MEASURED_ROWS)
  const rows = training.filter((_, at) => at % every === 0)
  const values = new Float32Array(rows.length * size)
  for (const [at, row] of rows.entries()) {
    values.set(features.subarray(row * size, (row + 1) * size), at * size)
  }
  return values
}

function hasManyValues(values: Float64Array): boolean {
  const first = values[0]
  const second = values.find((value) => value !== first)
  return values.some((value) => value !== first && value !== second)
}

function deviationOf(values: Float64Array | Float32Array): number {
  let mean = 0
  for (const value of values) mean += value / values.length
  let variance = 0
  for (const value of values) variance += (value - mean) ** 2 / values.length
  return Math.sqrt(variance)
}
