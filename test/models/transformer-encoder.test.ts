import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scalar, Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import transformerEncoder from '../../src/models/transformer-encoder.js'
import { testTensorFlow } from '../support/tensorflow.js'

const { tf } = await testTensorFlow()
const shapes = { inputs: [{ name: 'features', shape: [6], tokens: 9 }], units: 3 }
const ids = tf.tensor2d([[0, 8, 3, 3, 1, 7]])

const build = (given: object, step?: () => Scalar) =>
  transformerEncoder.build({
    tf,
    shapes,
    hyperparameters: parse(transformerEncoder.hyperparameters, given),
    seed: 1,
    ...(step ? { step } : {}),
  })

test('the heads share the width: others are refused by name, planned or built', () => {
  const hyperparameters = parse(transformerEncoder.hyperparameters, { width: 10, heads: 4 })
  for (const refused of [
    () => transformerEncoder.plan(shapes, hyperparameters),
    () => build({ width: 10, heads: 4 }),
  ]) {
    assert.throws(refused, (error: FlywheelError) => {
      assert.ok(error instanceof FlywheelError && error.code === 'specification-invalid')
      assert.deepEqual(error.errors, [
        {
          path: 'hyperparameters.heads',
          expected: 'a divisor of the width 10, which the heads share',
          received: '4',
        },
      ])
      return true
    })
  }
})

test('both activations build and give every weight a gradient', () => {
  for (const activation of ['relu', 'gelu']) {
    const model = build({ activation, dropout: 0, blocks: 1, width: 8, heads: 2 })
    const sums = tf.tidy(() => {
      const loss = () => (model.apply(ids) as Tensor).square().sum() as Scalar
      const gradients = Object.values(tf.variableGrads(loss).grads)
      return gradients.map((gradient) => gradient.abs().sum().arraySync() as number)
    })
    assert.equal(sums.length, 18)
    assert.ok(
      sums.every((sum) => sum > 0),
      activation,
    )
    model.dispose()
  }
})

test('dropout drops in training, by the step, and never in prediction', () => {
  let now = 0
  const model = build({ dropout: 0.5 }, () => tf.scalar(now, 'int32'))
  const answer = (training: boolean) =>
    tf.tidy(() => [...(model.apply(ids, { training }) as Tensor).dataSync()])
  const first = answer(true)
  assert.deepEqual(answer(true), first)
  now = 1
  assert.notDeepEqual(answer(true), first)
  assert.deepEqual(answer(false), answer(false))
  model.dispose()
})

test('the order of the tokens counts', () => {
  const model = build({})
  const answer = (x: Tensor) => tf.tidy(() => [...(model.apply(x) as Tensor).dataSync()])
  assert.notDeepEqual(answer(ids), answer(ids.reverse(1)))
  model.dispose()
})
