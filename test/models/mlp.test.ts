import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import mlp from '../../src/models/mlp.js'
import { testTensorFlow } from '../support/tensorflow.js'

const { tf } = await testTensorFlow()
const shapes = { inputs: [{ name: 'features', shape: [4] }], units: 3 }
const build = (given: object, step?: () => ReturnType<typeof tf.scalar>) =>
  mlp.build({
    tf,
    shapes,
    hyperparameters: parse(mlp.hyperparameters, given),
    seed: 1,
    ...(step ? { step: step as never } : {}),
  })

test('every activation builds and gives gradients', () => {
  const { activation } = mlp.hyperparameters.properties
  for (const name of activation.enum) {
    const model = build({ hiddenUnits: [5], activation: name })
    const gradients = tf.tidy(() => {
      const loss = () =>
        (model.apply(tf.ones([2, 4])) as Tensor).square().sum() as ReturnType<typeof tf.scalar>
      const { grads } = tf.variableGrads(loss)
      return Object.values(grads).map((gradient) => gradient.abs().sum().arraySync() as number)
    })
    assert.ok(gradients.length === 4 && gradients.every((sum) => sum > 0), name)
    model.dispose()
  }
})

test('without hidden layers it is a linear model', () => {
  const model = build({ hiddenUnits: [] })
  assert.equal(model.countParams(), 15)
  assert.equal(mlp.plan(shapes, parse(mlp.hyperparameters, { hiddenUnits: [] })).parameters, 15)
  model.dispose()
})

test('dropout drops in training, by the step, and never in prediction', () => {
  let step = 0
  const model = build({ hiddenUnits: [64], dropout: 0.5 }, () => tf.scalar(step, 'int32'))
  const answer = (training: boolean) =>
    tf.tidy(() => [...(model.apply(tf.ones([1, 4]), { training }) as Tensor).dataSync()])
  const first = answer(true)
  assert.deepEqual(answer(true), first)
  step = 1
  assert.notDeepEqual(answer(true), first)
  assert.deepEqual(answer(false), answer(false))
  model.dispose()
})

test('plain tfjs loads it from its topology', () => {
  const model = build({ dropout: 0.2, l2: 0.01 })
  const topology = model.toJSON(null, false) as { config: { layers: { class_name: string }[] } }
  const names = topology.config.layers.map((layer) => layer.class_name)
  assert.deepEqual(names, ['InputLayer', 'Dense', 'Dropout', 'Dense', 'Dropout', 'Dense'])
  model.dispose()
})

test('widths, depth and names out of bounds are refused by name', () => {
  const cases: [object, string][] = [
    [{ hiddenUnits: [0] }, 'hyperparameters.hiddenUnits[0]'],
    [{ hiddenUnits: [65_537] }, 'hyperparameters.hiddenUnits[0]'],
    [{ hiddenUnits: new Array(33).fill(1) }, 'hyperparameters.hiddenUnits'],
    [{ activation: 'swish' }, 'hyperparameters.activation'],
    [{ dropout: 1 }, 'hyperparameters.dropout'],
    [{ l1: 0.1 }, 'hyperparameters.l1'],
  ]
  for (const [given, path] of cases) {
    assert.throws(
      () => parse(mlp.hyperparameters, given, { path: 'hyperparameters' }),
      (error: FlywheelError) => error instanceof FlywheelError && error.errors[0]?.path === path,
    )
  }
})
