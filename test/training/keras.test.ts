import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Head } from '../../src/contracts/task.js'
import type { TrainingOptions } from '../../src/training/options.js'
import { train } from '../../src/training/train.js'
import { packTensors } from '../../src/training/weights.js'
import { classifier, regressor, smallTraining } from './small-training.js'

/*
 * Histories of Keras 3.15 on TensorFlow 2.21: Dense(4, relu), Dense(units) from the weights sin(1.3 i + k) / 2,
 * 16 rows in one batch, 8 rows for validation.
 */
test('losses, accuracies, L2 and class weights are Keras’s', async () => {
  const history = await run(
    classifier,
    { optimizer: { learningRate: 0.05 }, classWeights: { 1: 2, 2: 0.5 } },
    0.01,
  )
  near(history, {
    loss: [1.3568794, 1.2761018, 1.2162029],
    accuracy: [0.3125, 0.375, 0.375],
    val_loss: [1.1892105, 1.1692514, 1.1673977],
    val_accuracy: [0.375, 0.375, 0.375],
  })
})

test('what rows count in the loss is Keras’s sample_weight: the loss is weighed, accuracy and validation are not', async () => {
  const rowWeights = Float32Array.from({ length: 24 }, (_, row) => 0.5 + (row % 4) / 2)
  const history = await run(classifier, { optimizer: { learningRate: 0.05 } }, 0, { rowWeights })
  near(history, {
    loss: [1.4205521, 1.3846353, 1.3646288],
    accuracy: [0.3125, 0.375, 0.3125],
    val_loss: [1.1396096, 1.1203058, 1.1202399],
    val_accuracy: [0.375, 0.25, 0.25],
  })
})

test('the errors of a regression are Keras’s', async () => {
  const history = await run(regressor, { optimizer: { name: 'rmsprop', learningRate: 0.01 } }, 0)
  near(history, {
    loss: [2.0949275, 2.0598598, 2.0454001],
    mse: [2.0949275, 2.0598598, 2.0454001],
    mae: [1.221998, 1.2223804, 1.2231494],
    val_loss: [2.3632474, 2.3276439, 2.3148122],
    val_mae: [1.2943281, 1.2993946, 1.3056664],
  })
})

async function run(
  head: Head,
  training: TrainingOptions,
  l2: number,
  weighed: { rowWeights?: Float32Array } = {},
) {
  const rows = 24
  const shapes = [[3, 4], [4], [4, head.units], [head.units]]
  const weights = shapes.map((shape, k) => {
    const size = shape.reduce((product, n) => product * n, 1)
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(1.3 * i + k) / 2)
    return { name: `weight ${k}`, shape, values }
  })
  const options = await smallTraining({
    head,
    training: { epochs: 3, batchSize: 16, ...training },
    hyperparameters: { hiddenUnits: [4], l2 },
  })
  const row = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)
  const { history } = await train({
    ...options,
    classes: head === classifier ? [0, 1, 2] : [],
    initial: { weights: packTensors(weights) },
    data: {
      features: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(Math.floor(i / 3) * 3 + (i % 3))),
      targets: Float64Array.from({ length: rows }, (_, i) => (head === classifier ? i % 3 : 2 * Math.cos(i))),
      training: row(0, 16),
      validation: row(16, 24),
      ...weighed,
    },
  })
  return history
}

function near(history: readonly Record<string, number>[], expected: Record<string, number[]>): void {
  for (const [metric, values] of Object.entries(expected)) {
    values.forEach((value, epoch) => {
      const actual = history[epoch]?.[metric] as number
      assert.ok(
        Math.abs(actual - value) < 5e-6,
        `${metric} of epoch ${epoch + 1}: ${actual}, Keras has ${value}`,
      )
    })
  }
}
