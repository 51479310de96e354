import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { layers, Tensor, Variable } from '@tensorflow/tfjs'
import { gru } from '../../../src/models/layers/gru.js'
import { lstm } from '../../../src/models/layers/lstm.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { someSeries } from './recurrent-checks.js'

const { tf } = await testTensorFlow({ threads: 2 })

for (const [name, layerOf] of Object.entries({ lstm, gru })) {
  test(`a training of a layer ${name} runs shards of its rows side by side, and learns the same`, () => {
    for (const returnSequences of [false, true]) {
      const layer = layerOf(tf, { units: 3, returnSequences, seed: 1 })
      const x = someSeries(tf, [37, 5, 2])
      tf.dispose(layer.apply(x) as Tensor)
      const [apart, together] = [true, false].map((training) => learn(layer, { x, training })) as [
        Learnt,
        Learnt,
      ]
      assert.equal(apart.splits - together.splits, 1, '37 rows are two shards of 16 and more')
      for (const [i, values] of apart.values.entries()) assertClose(values, together.values[i] as number[])
      x.dispose()
      layer.dispose()
    }
  })
}

test('few rows are not split', () => {
  const layer = lstm(tf, { units: 3, seed: 1 })
  const x = someSeries(tf, [31, 5, 2])
  tf.dispose(layer.apply(x) as Tensor)
  const [training, answering] = [true, false].map((training) => learn(layer, { x, training }).splits)
  assert.equal(training, answering)
  x.dispose()
  layer.dispose()
})

interface Learnt {
  /** How often the rows were split, in a pass forward. */
  readonly splits: number
  /** Outputs, and the gradients of their squares' sum by the inputs and the weights. */
  readonly values: number[][]
}

function learn(layer: layers.Layer, { x, training }: { x: Tensor; training: boolean }): Learnt {
  const answer = (input: Tensor): Tensor => layer.apply(input, { training }) as Tensor
  let splits = 0
  const { runKernel } = tf.engine()
  tf.engine().runKernel = function (name, inputs, attributes) {
    const given = (inputs as { x?: Tensor }).x
    if (name === 'SplitV' && given?.shape[1] === x.shape[0]) splits++
    return runKernel.call(this, name, inputs, attributes) as never
  }
  const outputs = answer(x)
  tf.engine().runKernel = runKernel
  const variables = layer.trainableWeights.map((weight) => weight.read() as Variable)
  const { grads } = tf.variableGrads(() => answer(x).square().sum().asScalar(), variables)
  const byX = tf.grad((input: Tensor) => answer(input).square().sum())(x)
  const values = [outputs, byX, ...Object.values(grads)].map((each) => [...each.dataSync()])
  return { splits, values }
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - (expected[i] as number)) <= 1e-5 * (1 + Math.abs(value)), `${value} at ${i}`)
  }
}
