import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import {
  type CausalConvolutionOptions,
  causalConvolution,
} from '../../../src/models/layers/causal-convolution.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients, pattern } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()

test('it convolves and learns as Keras’s does with causal padding', () => {
  for (const golden of goldenCases<CausalConvolutionOptions>('causal-convolution')) {
    const layer = causalConvolution(tf, { ...golden.options, seed: 1 })
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  }
})

for (const dilationRate of [1, 2, 5]) {
  test(`its gradients with dilation ${dilationRate} are those of differences`, () => {
    const layer = causalConvolution(tf, { filters: 3, kernelSize: 3, dilationRate, seed: 1 })
    checkGradients(tf, { layer, input: tf.tensor(pattern(2 * 7 * 4, 1), [2, 7, 4]) })
    layer.dispose()
  })
}

test('no output sees a later step', () => {
  const layer = causalConvolution(tf, { filters: 2, kernelSize: 3, dilationRate: 2, seed: 1 })
  const x = tf.tensor(pattern(24, 1), [1, 8, 3])
  const later = tf.tensor([0, 0, 0, 0, 0, 1, 1, 1], [1, 8, 1])
  const [before, after] = [x, x.add(later)].map(
    (each) => (layer.apply(each) as Tensor).arraySync() as number[][][],
  )
  assert.deepEqual(after?.[0]?.slice(0, 5), before?.[0]?.slice(0, 5))
  assert.notDeepEqual(after?.[0]?.[5], before?.[0]?.[5])
  layer.dispose()
})

test('a dilation beyond the length costs nothing and leaves the last tap', () => {
  const layer = causalConvolution(tf, { filters: 1, kernelSize: 3, dilationRate: 2 ** 20, seed: 1 })
  const x = tf.tensor(pattern(4, 1), [1, 4, 1])
  const answer = [...(layer.apply(x) as Tensor).dataSync()]
  const last = (layer.getWeights()[0] as Tensor).dataSync()[2] as number
  assert.deepEqual(answer, [...x.mul(last).dataSync()])
  layer.dispose()
})
