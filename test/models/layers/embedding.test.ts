import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { layers, Tensor } from '@tensorflow/tfjs'
import { embedding } from '../../../src/models/layers/embedding.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()
const answer = (layer: layers.Layer, ids: Tensor) =>
  tf.tidy(() => (layer.apply(ids) as Tensor).arraySync() as number[][][])

test('it looks up and learns as Keras’s does', () => {
  for (const golden of goldenCases<{ inputDim: number; outputDim: number }>('embedding')) {
    const layer = embedding(tf, { ...golden.options, seed: 1 })
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  }
})

test('its gradient is that of differences', () => {
  const layer = embedding(tf, { inputDim: 5, outputDim: 3, seed: 1 })
  const input = tf.tensor2d([4, 0, 0, 1, 3, 4], [2, 3])
  checkGradients(tf, { layer, input, isDifferentiable: false })
  input.dispose()
  layer.dispose()
})

test('ids that are not there count as the nearest that are', () => {
  const layer = embedding(tf, { inputDim: 3, outputDim: 2, seed: 1 })
  const ids = tf.tensor2d([[0, 2, -1, 3, 1e9, Number.NaN]])
  const [[first, last, ...rest] = []] = answer(layer, ids)
  assert.notDeepEqual(first, last)
  assert.deepEqual(rest, [first, last, last, first])
  layer.dispose()
})

test('plain tfjs’s layer takes its configuration and weight and answers the same', () => {
  const layer = embedding(tf, { name: 'words', inputDim: 6, outputDim: 4, seed: 3 })
  const ids = tf.tensor2d([[0, 5, 2]])
  const answered = answer(layer, ids)
  const plain = tf.layers.embedding(layer.getConfig() as never)
  plain.apply(ids)
  plain.setWeights(layer.getWeights())
  assert.deepEqual([plain.getClassName(), plain.name], [layer.getClassName(), 'words'])
  assert.deepEqual(answer(plain, ids), answered)
  for (const each of [layer, plain]) each.dispose()
})

test('the same seed gives the same vectors, within Keras’s bounds', () => {
  const values = [1, 1, 2].map((seed) => {
    const layer = embedding(tf, { inputDim: 50, outputDim: 4, seed })
    layer.apply(tf.tensor2d([[0]]))
    const read = [...(layer.getWeights()[0] as Tensor).dataSync()]
    layer.dispose()
    return read
  })
  assert.deepEqual(values[0], values[1])
  assert.notDeepEqual(values[0], values[2])
  assert.ok(values.flat().every((value) => Math.abs(value) <= 0.05))
})
