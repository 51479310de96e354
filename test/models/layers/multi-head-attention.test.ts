import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { multiHeadAttention } from '../../../src/models/layers/multi-head-attention.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()

test('it attends and learns as Keras’s does', () => {
  for (const golden of goldenCases<{ heads: number }>('multi-head-attention')) {
    const layer = multiHeadAttention(tf, { ...golden.options, seed: 1 })
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  }
})

for (const dropout of [0, 0.4]) {
  test(`its gradients with dropout ${dropout} are those of differences`, () => {
    const step = () => tf.scalar(3, 'int32')
    const layer = multiHeadAttention(tf, { heads: 2, dropout, seed: 1, step })
    const input = tf.tensor(pattern(2 * 5 * 6, 1), [2, 5, 6])
    checkGradients(tf, { layer, input })
    layer.dispose()
  })
}

test('it drops weights in training, by the step, and never in prediction', () => {
  let now = 0
  const step = () => tf.scalar(now, 'int32')
  const layer = multiHeadAttention(tf, { heads: 2, dropout: 0.5, seed: 1, step })
  const x = tf.tensor(pattern(24, 1), [1, 6, 4])
  const answer = (training: boolean) => [...(layer.apply(x, { training }) as Tensor).dataSync()]
  const [first, predicted] = [answer(true), answer(false)]
  assert.deepEqual(answer(true), first)
  assert.notDeepEqual(first, predicted)
  now = 1
  assert.notDeepEqual(answer(true), first)
  assert.deepEqual(answer(false), predicted)
  layer.dispose()
})

test('a row’s answer does not depend on the other rows', () => {
  const layer = multiHeadAttention(tf, { heads: 2, seed: 1 })
  const x = tf.tensor(pattern(60, 1), [3, 5, 4])
  const all = layer.apply(x) as Tensor
  const one = layer.apply(x.slice([1, 0, 0], [1, 5, 4])) as Tensor
  const difference = all.slice([1, 0, 0], [1, 5, 4]).sub(one).abs().max()
  assert.ok((difference.dataSync()[0] as number) < 1e-6)
  layer.dispose()
})

test('its first weights are Glorot’s, by the seed', () => {
  const weights = (seed: number) => {
    const layer = multiHeadAttention(tf, { heads: 2, seed })
    layer.apply(tf.zeros([1, 2, 12]))
    const values = layer.getWeights().map((weight) => [...weight.dataSync()])
    layer.dispose()
    return values
  }
  const [projection, bias, output] = weights(1) as [number[], number[], number[], number[]]
  assert.deepEqual(weights(1)[0], projection)
  assert.notDeepEqual(weights(2)[0], projection)
  assert.ok([...projection, ...output].every((value) => Math.abs(value) <= Math.sqrt(6 / 24)))
  assert.ok(Math.max(...projection) > 0.45)
  assert.ok(bias.every((value) => value === 0))
})
