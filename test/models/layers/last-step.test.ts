import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { lastStep } from '../../../src/models/layers/last-step.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'

const { tf } = await testTensorFlow()

test('it gives the last step of each row, and its gradient is that of differences', () => {
  const layer = lastStep(tf, { name: 'last' })
  const input = tf.tensor(pattern(24, 1), [2, 3, 4])
  const answered = tf.tidy(() => (layer.apply(input) as Tensor).arraySync())
  assert.deepEqual(
    answered,
    (input.arraySync() as number[][][]).map((row) => row[2]),
  )
  checkGradients(tf, { layer, input })
  input.dispose()
})
