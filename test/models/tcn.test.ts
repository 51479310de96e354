import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scalar, Tensor } from '@tensorflow/tfjs'
import { parse } from '../../src/contracts/validation.js'
import tcn from '../../src/models/tcn.js'
import { testTensorFlow } from '../support/tensorflow.js'

const { tf } = await testTensorFlow()
const shapes = { inputs: [{ name: 'features', shape: [9, 2] }], units: 3 }
const series = tf.tensor(
  Float32Array.from({ length: 18 }, (_, i) => Math.sin(i * i)),
  [1, 9, 2],
)

const build = (given: object, step?: () => Scalar) =>
  tcn.build({
    tf,
    shapes,
    hyperparameters: parse(tcn.hyperparameters, given),
    seed: 1,
    ...(step ? { step } : {}),
  })
const answered = (model: ReturnType<typeof build>, x: Tensor, training = false) =>
  tf.tidy(() => [...(model.apply(x, { training }) as Tensor).dataSync()])

test('the last step knows the steps that its blocks see, and the mean knows them all', () => {
  // Two blocks of kernel 2 see 1 + 2 · 1 · 3 = 7 steps.
  const changed = [1, 2].map((step) =>
    series.add(
      tf.tensor(
        Array.from({ length: 9 }, (_, i) => (i === step ? 1 : 0)),
        [1, 9, 1],
      ),
    ),
  )
  const sees = (pooling: string) => {
    const model = build({ filters: [4, 4], kernelSize: 2, dropout: 0, pooling })
    const first = answered(model, series)
    const differs = changed.map((x) => answered(model, x).some((value, i) => value !== first[i]))
    model.dispose()
    return differs
  }
  assert.deepEqual(sees('last'), [false, true])
  assert.deepEqual(sees('mean'), [true, true])
})

test('blocks of different widths have shortcuts, and its plan counts them', () => {
  for (const filters of [[2, 2], [4, 3], [5]]) {
    const hyperparameters = parse(tcn.hyperparameters, { filters })
    const model = build({ filters })
    assert.equal(tcn.plan(shapes, hyperparameters).parameters, model.countParams())
    const shortcuts = model.layers.filter(({ name }) => name.endsWith('shortcut'))
    assert.equal(shortcuts.length, filters.filter((width, i) => width !== (filters[i - 1] ?? 2)).length)
    model.dispose()
  }
})

test('dropout drops in training, by the step, and never in prediction', () => {
  let now = 0
  const model = build({ dropout: 0.5 }, () => tf.scalar(now, 'int32'))
  const first = answered(model, series, true)
  assert.deepEqual(answered(model, series, true), first)
  now = 1
  assert.notDeepEqual(answered(model, series, true), first)
  assert.deepEqual(answered(model, series), answered(model, series))
  model.dispose()
})
