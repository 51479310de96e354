import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { layerNormalization } from '../../../src/models/layers/layer-normalization.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()

test('it normalises and learns as Keras’s does', () => {
  for (const golden of goldenCases<{ epsilon: number }>('layer-normalization')) {
    const layer = layerNormalization(tf, golden.options)
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  }
})

test('its gradients are those of differences', () => {
  const layer = layerNormalization(tf, {})
  const input = tf.tensor(pattern(24, 1), [2, 3, 4])
  layer.apply(input)
  layer.setWeights([tf.tensor(pattern(4, 2)), tf.tensor(pattern(4, 3))])
  checkGradients(tf, { layer, input })
  layer.dispose()
})

test('plain tfjs’s layer takes its configuration and weights and answers the same', () => {
  const layer = layerNormalization(tf, { name: 'normal', epsilon: 0.01 })
  const x = tf.tensor(pattern(30, 1), [2, 3, 5])
  layer.apply(x)
  layer.setWeights([tf.tensor(pattern(5, 2)), tf.tensor(pattern(5, 3))])
  const plain = tf.layers.layerNormalization(layer.getConfig() as never)
  plain.apply(x)
  plain.setWeights(layer.getWeights())
  assert.deepEqual([plain.getClassName(), plain.name], [layer.getClassName(), 'normal'])
  const difference = tf.sub(layer.apply(x) as Tensor, plain.apply(x) as Tensor)
  assert.ok((difference.abs().max().dataSync()[0] as number) < 1e-5)
  for (const each of [layer, plain]) each.dispose()
})
