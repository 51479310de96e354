import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { dropout } from '../../../src/models/layers/dropout.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'

const { tf } = await testTensorFlow()
const at = (step: number) => () => tf.scalar(step, 'int32')

test('it drops so many units, and what it keeps makes up for them, as Keras’s does', () => {
  const layer = dropout(tf, { rate: 0.3, seed: 1, step: at(0) })
  const values = tf.tidy(() => (layer.apply(tf.ones([100, 200]), { training: true }) as Tensor).dataSync())
  const dropped = values.filter((value) => value === 0).length / values.length
  assert.ok(Math.abs(dropped - 0.3) < 0.01, `${dropped}`)
  assert.ok(values.every((value) => value === 0 || Math.abs(value - 1 / 0.7) < 1e-6))
})

test('it answers what it is given in prediction', () => {
  const layer = dropout(tf, { rate: 0.3, seed: 1, step: at(0) })
  const values = pattern(12, 1)
  const answered = tf.tidy(() => (layer.apply(tf.tensor(values, [3, 4])) as Tensor).dataSync())
  assert.deepEqual(answered, values)
})

test('its gradient is that of differences', () => {
  const layer = dropout(tf, { rate: 0.3, seed: 1, step: at(7) })
  checkGradients(tf, { layer, input: tf.tensor(pattern(24, 1), [6, 4]) })
})
