import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import mlp from '../../src/models/mlp.js'
import { compileNetwork } from '../../src/training/compiled-network.js'
import { runNetwork } from '../../src/training/network.js'
import { openNetwork } from '../../src/training/open-network.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier, regressor } from './small-training.js'

const { tf, liveHandles } = await testTensorFlow()
const features = Float32Array.from({ length: 5000 * 4 }, (_, i) => Math.sin(i * i))

const build = (units: number) =>
  mlp.build({
    tf,
    seed: 1,
    shapes: { inputs: [{ name: 'features', shape: [4] }], units },
    hyperparameters: { hiddenUnits: [8, 8], activation: 'elu', dropout: 0.2, l2: 0 },
  })

for (const head of [classifier, regressor]) {
  test(`a compiled network with ${head.activation} answers any number of rows as the eager one does`, async () => {
    const model = build(head.units)
    const network = compileNetwork({ tf, model, head })
    for (const rows of [1, 2, 61, 4096, 5000]) {
      const part = features.subarray(0, rows * 4)
      const expected = runNetwork({ tf, model, head, features: part, rows })
      near(network.runHere(part, rows), expected)
      near(await network.run(part, rows), expected)
    }
    network.dispose()
    model.dispose()
  })
}

test('calls may overlap and outlive the model, and everything is freed when the last one has ended', async () => {
  const handles = liveHandles()
  const network = openNetwork({ tf, model: build(3), head: classifier })
  assert.equal(network.executor, 'graph')
  const calls = Array.from({ length: 20 }, (_, i) => network.run(features.subarray(i * 4, i * 4 + 400), 100))
  network.dispose()
  const answers = await Promise.all(calls)
  assert.ok(answers.every((answer) => answer.length === 300))
  assert.deepEqual(answers[1]?.subarray(0, 3), answers[0]?.subarray(3, 6))
  assert.equal(liveHandles(), handles)
})

test('a network that can not be traced runs eagerly', async () => {
  const before = [liveHandles(), tf.memory().numTensors]
  const model = build(3)
  const apply = model.apply.bind(model)
  const outside = tf.scalar(2)
  model.apply = ((x: never, options: never) => tf.mul(apply(x, options) as never, outside)) as typeof apply
  const network = openNetwork({ tf, model, head: classifier })
  assert.equal(network.executor, 'eager')
  assert.equal((await network.run(features.subarray(0, 8), 2)).length, 6)
  network.dispose()
  outside.dispose()
  assert.deepEqual([liveHandles(), tf.memory().numTensors], before)
})

for (const [shape, noise] of [
  ['for each row', ({ shape }: Tensor) => tf.randomNormal(shape)],
  ['for all rows', () => tf.randomNormal([3])],
] as const) {
  test(`random values that JavaScript draws ${shape} are refused by the operation that reads them`, () => {
    const model = build(3)
    const apply = model.apply.bind(model)
    model.apply = ((x: never, options: never) => {
      const outputs = apply(x, options) as Tensor
      return tf.sub(outputs, noise(outputs))
    }) as typeof apply
    assert.throws(() => compileNetwork({ tf, model, head: classifier }), {
      message: 'With another number of rows Sub reads other values that JavaScript made',
    })
    model.dispose()
  })
}

function near(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] as number)) < 1e-5)
  })
}
