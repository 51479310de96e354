import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scalar, Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import cnn from '../../src/models/cnn.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { checkPlan, imageShapes } from './image-shapes.js'

const { tf } = await testTensorFlow()
const hyperparameters = (given: object) => parse(cnn.hyperparameters, given)
const build = (shape: number[], given: object, step?: () => Scalar) =>
  cnn.build({
    tf,
    shapes: imageShapes(shape),
    hyperparameters: hyperparameters(given),
    seed: 1,
    ...(step ? { step } : {}),
  })

test('each combination of its parts builds as it was planned', () => {
  const cases: [number[], object][] = [
    [[28, 28, 1], { padding: 'valid' }],
    [[13, 10, 3], { filters: [3, 4, 5], kernelSize: 5, denseUnits: [] }],
    [[9, 8, 2], { batchNormalization: true, dropout: 0.5, denseUnits: [7, 6] }],
    [[2, 2, 1], { filters: [2], kernelSize: 1, padding: 'valid' }],
    [[4, 4, 1], { filters: [2], kernelSize: 3, padding: 'valid', batchNormalization: true }],
  ]
  for (const [shape, given] of cases) {
    const model = build(shape, given)
    checkPlan(model, cnn.plan(imageShapes(shape), hyperparameters(given)))
    model.dispose()
  }
})

test('the usual network for handwritten digits has the size that is known of it', () => {
  const given = { padding: 'valid' }
  const { parameters, flopsPerRow } = cnn.plan(imageShapes([28, 28, 1], 10), hyperparameters(given))
  assert.equal(parameters, 225_034) // of Keras's example with the same layers
  const multiplications = 26 * 26 * 32 * 9 + 11 * 11 * 64 * 9 * 32 + 1600 * 128 + 128 * 10
  assert.equal(flopsPerRow, 2 * multiplications)
})

test('images that are too small for the convolutions are refused, before and when it is built', () => {
  const cases: [number[], object, string][] = [
    [[3, 28, 1], { padding: 'valid' }, '0 convolutions for images of 3×28'],
    [[9, 9, 1], { padding: 'valid' }, '1 convolutions for images of 9×9: then 3×3 is left'],
    [[7, 3, 1], { filters: [4, 4] }, '1 convolutions'],
    [[8, 8, 1], { filters: [1, 1, 1, 1] }, '3 convolutions'],
    [[6, 6, 1], { kernelSize: 7, padding: 'valid' }, 'needs 8×8'],
  ]
  for (const [shape, given, text] of cases) {
    const isNamed = (error: unknown): boolean =>
      error instanceof FlywheelError &&
      error.code === 'specification-invalid' &&
      error.errors[0]?.path === 'hyperparameters.filters' &&
      error.message.includes(text)
    assert.throws(() => cnn.plan(imageShapes(shape), hyperparameters(given)), isNamed)
    assert.throws(() => build(shape, given), isNamed)
  }
})

test('every activation builds, with and without normalisation, and gives gradients', () => {
  for (const activation of cnn.hyperparameters.properties.activation.enum) {
    for (const batchNormalization of [false, true]) {
      const model = build([6, 6, 1], { activation, batchNormalization, filters: [3], denseUnits: [4] })
      const sums = tf.tidy(() => {
        const x = tf.range(0, 72).reshape([2, 6, 6, 1]).sin()
        const { grads } = tf.variableGrads(
          () => (model.apply(x, { training: true }) as Tensor).square().sum() as Scalar,
          model.trainableWeights.map((weight) => weight.read() as never),
        )
        return Object.values(grads).map((gradient) => gradient.abs().sum().arraySync() as number)
      })
      assert.equal(sums.length, batchNormalization ? 7 : 6)
      assert.ok(
        sums.every((sum) => sum > 0),
        `${activation} ${sums}`,
      )
      model.dispose()
    }
  }
})

test('the penalty is on the kernels alone', () => {
  const model = build([6, 6, 1], { l2: 0.5, batchNormalization: true, filters: [3], denseUnits: [4] })
  const kernels = model.weights.filter(({ originalName }) => originalName.endsWith('kernel'))
  const [penalty, expected] = tf.tidy(() => [
    tf.addN(model.calculateLosses()).arraySync() as number,
    tf
      .addN(kernels.map((kernel) => kernel.read().square().sum()))
      .mul(0.5)
      .arraySync() as number,
  ]) as [number, number]
  assert.equal(kernels.length, 3)
  assert.ok(Math.abs(penalty - expected) < 1e-5 * expected)
  model.dispose()
})

test('dropout drops in training, by the step, and never in prediction', () => {
  let step = 0
  const model = build([6, 6, 1], { dropout: 0.5 }, () => tf.scalar(step, 'int32'))
  const answer = (training: boolean) =>
    tf.tidy(() => [...(model.apply(tf.ones([1, 6, 6, 1]), { training }) as Tensor).dataSync()])
  const first = answer(true)
  assert.deepEqual(answer(true), first)
  step = 1
  assert.notDeepEqual(answer(true), first)
  assert.deepEqual(answer(false), answer(false))
  model.dispose()
})

test('plain tfjs has every layer that it is stored with', () => {
  const model = build([6, 6, 1], { batchNormalization: true, filters: [3], denseUnits: [4] })
  const topology = model.toJSON(null, false) as { config: { layers: { class_name: string }[] } }
  assert.deepEqual(
    topology.config.layers.map((layer) => layer.class_name),
    ['InputLayer', 'Conv2D', 'BatchNormalization', 'MaxPooling2D', 'Activation', 'Flatten', 'Dense', 'Dense'],
  )
  model.dispose()
})

test('hyperparameters out of bounds are refused by name', () => {
  const cases: [object, string][] = [
    [{ filters: [] }, 'hyperparameters.filters'],
    [{ filters: [0] }, 'hyperparameters.filters[0]'],
    [{ kernelSize: 0 }, 'hyperparameters.kernelSize'],
    [{ padding: 'causal' }, 'hyperparameters.padding'],
    [{ denseUnits: [1.5] }, 'hyperparameters.denseUnits[0]'],
    [{ batchNormalization: 1 }, 'hyperparameters.batchNormalization'],
    [{ dropout: 1 }, 'hyperparameters.dropout'],
  ]
  for (const [given, path] of cases) {
    assert.throws(
      () => parse(cnn.hyperparameters, given, { path: 'hyperparameters' }),
      (error: FlywheelError) => error instanceof FlywheelError && error.errors[0]?.path === path,
    )
  }
})
