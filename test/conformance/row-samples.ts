import type { Family, Input, RowKind, Shapes } from '../../src/contracts/family.js'
import type { Head } from '../../src/contracts/task.js'
import { resolveTraining, type TrainingOptions } from '../../src/training/options.js'
import type { TrainOptions } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'

/** Rows of several shapes for each kind, odd ones among them. */
export const samples: Readonly<Record<RowKind, readonly Omit<Input, 'name'>[]>> = {
  vector: [{ shape: [4] }, { shape: [1] }, { shape: [30] }],
  image: [{ shape: [8, 8, 1] }, { shape: [11, 9, 3] }],
  series: [{ shape: [6, 2] }, { shape: [5, 1] }],
  tokens: [{ shape: [7], tokens: 11 }],
  bag: [{ shape: [2, 6], tokens: 13 }],
}

export const shapesOf = (sample: Omit<Input, 'name'>, units: number): Shapes => ({
  inputs: [{ name: 'features', ...sample }],
  units,
})

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, each) => product * each, 1)

/** Numbers of every size between −1 and 1, or token ids; the same at each run. */
export function someRows(rows: number, { shape, tokens }: Omit<Input, 'name'>): Float32Array {
  const number = (i: number): number => Math.sin(i * i + 1)
  return Float32Array.from({ length: rows * sizeOf(shape) }, (_, i) =>
    tokens === undefined ? number(i) : Math.floor(((number(i) + 1) / 2) * tokens) % tokens,
  )
}

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)

/** A training of 80 rows, with 20 for validation, whose target is the mean of the row's first half, or its size class. */
export async function sampleTraining(
  { family, hyperparameters }: { family: Family; hyperparameters: unknown },
  { sample, head, training = {} }: { sample: Omit<Input, 'name'>; head: Head; training?: TrainingOptions },
  more: Partial<TrainOptions> = {},
): Promise<TrainOptions> {
  const { tf } = await testTensorFlow()
  const rows = 100
  const width = sizeOf(sample.shape)
  const features = someRows(rows, sample)
  const means = Float64Array.from({ length: rows }, (_, row) => {
    const part = features.subarray(row * width, row * width + Math.ceil(width / 2))
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
  const [low, high] = [0.33, 0.67].map((share) => means.toSorted()[Math.floor(share * rows)]) as [
    number,
    number,
  ]
  const deviation = Math.hypot(...means) / Math.sqrt(rows)
  const target = (mean: number): number => {
    if (head.loss === 'mean-squared-error') return mean / deviation
    return mean < low ? 0 : mean < high ? 1 : 2
  }
  return {
    tf,
    family,
    hyperparameters,
    shapes: shapesOf(sample, head.units),
    head,
    data: { features, targets: means.map(target), training: range(0, 80), validation: range(80, 100) },
    training: resolveTraining(training, { rows }),
    ...more,
  }
}
