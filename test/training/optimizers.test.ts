import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import { operationsOf } from '../../src/tensorflow/operations.js'
import { createVariable } from '../../src/tensorflow/variables.js'
import { resolveChoice } from '../../src/training/choice.js'
import { clipGradients } from '../../src/training/gradient-clipping.js'
import type { Optimizer } from '../../src/training/optimizers/optimizer.js'
import { optimizers } from '../../src/training/optimizers/table.js'
import type { Training } from '../../src/training/options.js'
import { testTensorFlow } from '../support/tensorflow.js'

let tf: Awaited<ReturnType<typeof testTensorFlow>>['tf']
before(async () => {
  tf = (await testTensorFlow()).tf
})

const start = [0.5, -0.25, 1, 2, -1.5, 0.75]
const gradient = [0.1, -0.2, 0.3, 0, -0.5, 1]
const scales = [1, -0.5, 2, 0.25]

/** Weights after four steps of Keras 3.15 (TensorFlow 2.21) from the same weights and gradients. */
const keras: [string, Record<string, unknown>, number[]][] = [
  ['defaults', { name: 'sgd' }, [0.49724999, -0.24450001, 0.99175, 2, -1.48625, 0.72250003]],
  [
    'momentum',
    { name: 'sgd', learningRate: 0.1, momentum: 0.9 },
    [0.43866, -0.12732001, 0.81598002, 2, -1.1933, 0.13659996],
  ],
  [
    'nesterov',
    { name: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true },
    [0.417294, -0.084588006, 0.75188202, 2, -1.0864699, -0.07706],
  ],
  ['defaults', { name: 'adam' }, [0.49747667, -0.24747662, 0.99747664, 2, -1.4974766, 0.74747664]],
  [
    'options',
    { name: 'adam', learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 },
    [0.37903529, -0.12716453, 0.87652612, 2, -1.3760099, 0.62561953],
  ],
  ['defaults', { name: 'adamw' }, [0.49746868, -0.24747263, 0.99746066, 1.9999681, -1.4974527, 0.74746472]],
  [
    'options',
    { name: 'adamw', learningRate: 0.05, weightDecay: 0.1 },
    [0.36495075, -0.11991199, 0.85502368, 1.960299, -1.345098, 0.60998553],
  ],
  ['defaults', { name: 'rmsprop' }, [0.49512485, -0.24512476, 0.99512476, 2, -1.4951247, 0.74512476]],
  [
    'momentum',
    { name: 'rmsprop', learningRate: 0.01, rho: 0.8, momentum: 0.5 },
    [0.44385847, -0.19385789, 0.94385779, 2, -1.4438577, 0.69385767],
  ],
]

for (const [options, chosen, expected] of keras) {
  test(`${chosen.name} with ${options} gives Keras’s weights`, () => near(fourSteps(chosen, null), expected))
}

test('gradients clipped by their global norm give Keras’s weights', () => {
  const weights = fourSteps({ name: 'sgd', learningRate: 0.1 }, { globalNorm: 0.5 })
  near(weights, [0.49325907, -0.23651811, 0.97977716, 2, -1.4662952, 0.6825906])
})

test('gradients clipped by value give Keras’s weights', () => {
  const weights = fourSteps({ name: 'sgd', learningRate: 0.1 }, { value: 0.15 })
  near(weights, [0.47750002, -0.225, 0.97750002, 2, -1.4725, 0.72000003])
})

test('an option of another optimizer is refused by name', () => {
  assert.throws(
    () => resolveChoice(optimizers, { name: 'adam', rho: 0.5 }, 'training.optimizer'),
    (error: FlywheelError) =>
      error instanceof FlywheelError && error.errors[0]?.path === 'training.optimizer.rho',
  )
})

function fourSteps(chosen: Record<string, unknown>, clipping: Training['gradientClipping']): Float32Array {
  const options = resolveChoice(optimizers, chosen, 'optimizer')
  const optimizer = optimizers.find(({ name }) => name === options.name) as Optimizer
  return tf.tidy(() => {
    const variable = createVariable(tf, tf.tensor1d(start))
    const slots = optimizer.slots(options).map(() => createVariable(tf, tf.zeros([start.length])))
    scales.forEach((scale, step) => {
      const gradients = clipGradients(tf, [tf.tensor1d(gradient).mul(scale)], clipping)
      optimizer.update({
        operations: operationsOf(tf),
        options,
        variable: variable.handle,
        slots: slots.map(({ handle }) => handle),
        gradient: gradients[0] as (typeof gradients)[number],
        scalars: optimizer
          .scalars(options, { step, learningRate: options.learningRate as number })
          .map((value) => tf.scalar(value)),
      })
    })
    const weights = variable.read().dataSync() as Float32Array
    for (const each of [variable, ...slots]) each.dispose()
    return weights
  })
}

function near(actual: Float32Array, expected: readonly number[]): void {
  actual.forEach((value, i) => {
    const difference = Math.abs(value - (expected[i] as number))
    assert.ok(difference < 1e-6, `element ${i}: ${value}, Keras has ${expected[i]}`)
  })
}
