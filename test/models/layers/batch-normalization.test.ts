import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { layers, Tensor } from '@tensorflow/tfjs'
import { batchNormalization } from '../../../src/models/layers/batch-normalization.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()

interface Packed {
  readonly shape: number[]
  readonly values: number[]
}
type Golden = ReturnType<typeof goldenCases<{ momentum: number; epsilon: number }>>[number] & {
  readonly averages: readonly Packed[]
  readonly predicting: { readonly weights: readonly Packed[]; readonly output: Packed }
}
const cases = goldenCases('batch-normalization') as Golden[]
const tensor = ({ values, shape }: Packed): Tensor => tf.tensor(values, shape)

function near(actual: Tensor, expected: Packed): void {
  assert.deepEqual(actual.shape, expected.shape)
  actual.dataSync().forEach((value, i) => {
    assert.ok(Math.abs(value - (expected.values[i] as number)) < 1e-5)
  })
}

function layerOf(golden: Golden): layers.Layer {
  const layer = batchNormalization(tf, golden.options)
  tf.tidy(() => {
    layer.apply(tensor(golden.input))
    layer.setWeights(golden.weights.map(tensor))
  })
  return layer
}

for (const golden of cases) {
  const rows = golden.input.shape.join('×')

  test(`in training it is Keras’s on ${rows}, with its gradients`, () => {
    const layer = layerOf(golden)
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  })

  test(`one step of training moves the averages of ${rows} as Keras does: by the biased variance`, () => {
    const layer = layerOf(golden)
    tf.tidy(() => {
      layer.apply(tensor(golden.input), { training: true })
      golden.averages.forEach((expected, i) => {
        near(layer.getWeights()[2 + i] as Tensor, expected)
      })
    })
    layer.dispose()
  })

  test(`in prediction it is Keras’s on ${rows}, and its averages stay`, () => {
    const layer = layerOf(golden)
    tf.tidy(() => {
      layer.setWeights(golden.predicting.weights.map(tensor))
      near(layer.apply(tensor(golden.input)) as Tensor, golden.predicting.output)
      golden.predicting.weights.forEach((expected, i) => {
        near(layer.getWeights()[i] as Tensor, expected)
      })
    })
    layer.dispose()
  })
}

test('its gradients are those of differences', () => {
  const layer = batchNormalization(tf)
  const input = tf.tensor(
    Array.from({ length: 48 }, (_, i) => Math.sin(i * i)),
    [4, 2, 3, 2],
  )
  checkGradients(tf, { layer, input })
  input.dispose()
  layer.dispose()
})

test('a batch of one row and one pixel gives the shift, not NaN', () => {
  const layer = batchNormalization(tf)
  const answer = tf.tidy(() => [
    ...(layer.apply(tf.tensor2d([[3, -4]]), { training: true }) as Tensor).dataSync(),
  ])
  assert.deepEqual(answer, [0, 0])
  assert.ok(layer.getWeights().every((weight) => weight.dataSync().every(Number.isFinite)))
  layer.dispose()
})

test('plain tfjs’s layer takes its configuration and weights and answers the same', () => {
  for (const golden of cases) {
    const layer = layerOf(golden)
    const plain = tf.layers.batchNormalization(layer.getConfig() as never)
    tf.tidy(() => {
      const x = tensor(golden.input)
      plain.apply(x)
      const weights = golden.predicting.weights.map(tensor)
      for (const each of [layer, plain]) each.setWeights(weights)
      near(plain.apply(x) as Tensor, golden.predicting.output)
      assert.deepEqual(
        plain.weights.map(({ originalName }) => originalName.split('/').at(-1)),
        layer.weights.map(({ originalName }) => originalName.split('/').at(-1)),
      )
    })
    assert.equal(plain.getClassName(), layer.getClassName())
    assert.deepEqual({ ...plain.getConfig() }, { ...layer.getConfig() })
    for (const each of [layer, plain]) each.dispose()
  }
})

test('training and prediction leave no tensor behind', () => {
  const layer = batchNormalization(tf)
  const x = tf.tensor2d([
    [1, 2],
    [3, 5],
  ])
  const apply = (training: boolean) => tf.tidy(() => void layer.apply(x, { training }))
  apply(false) // builds it
  const before = tf.memory().numTensors
  for (const training of [true, false]) apply(training)
  assert.equal(tf.memory().numTensors, before)
  x.dispose()
  layer.dispose()
})
