import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { positionEmbedding } from '../../../src/models/layers/position-embedding.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'

const { tf } = await testTensorFlow()

test('it adds one vector to each place, the same to every row', () => {
  const layer = positionEmbedding(tf, { seed: 1 })
  const added = layer.apply(tf.zeros([2, 3, 4])) as Tensor
  const [weight] = layer.getWeights() as [Tensor]
  const expected = [...weight.dataSync()]
  assert.deepEqual([...added.dataSync()], [...expected, ...expected])
  assert.equal(new Set(expected).size, 12)
  assert.ok(expected.every((value) => Math.abs(value) <= 0.05))
  layer.dispose()
})

test('its gradients are those of differences', () => {
  const layer = positionEmbedding(tf, { seed: 1 })
  checkGradients(tf, { layer, input: tf.tensor(pattern(24, 1), [2, 3, 4]) })
  layer.dispose()
})
