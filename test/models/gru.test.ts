import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import gru from '../../src/models/gru.js'
import { testTensorFlow } from '../support/tensorflow.js'

const { tf } = await testTensorFlow()
const given = (steps: number) => ({
  shapes: { inputs: [{ name: 'features', shape: [steps, 2] }], units: 3 },
  hyperparameters: parse(gru.hyperparameters, { units: [8, 4], resetAfter: false, dropout: 0.5 }),
})

test('gru with the reset gate before the product is made of layers that plain tfjs has', () => {
  const { shapes, hyperparameters } = given(5)
  const model = gru.build({ tf, shapes, hyperparameters, seed: 1 })
  const classes = model.layers.map((layer) => layer.getClassName())
  assert.deepEqual(classes, ['InputLayer', 'GRU', 'Dropout', 'GRU', 'Dropout', 'Dense'])
  assert.equal(gru.plan(shapes, hyperparameters).parameters, model.countParams())
  model.dispose()
})

test('gru refuses rows of more steps than its graph can hold, and names the family that takes them', () => {
  const { shapes, hyperparameters } = given(1025)
  const isRefusal = (error: unknown): boolean =>
    error instanceof FlywheelError &&
    error.code === 'specification-invalid' &&
    /^family: expected .* 1025 steps, as lstm does; received gru, .* 1024$/.test(error.message)
  assert.throws(() => gru.plan(shapes, hyperparameters), isRefusal)
  assert.throws(() => gru.build({ tf, shapes, hyperparameters, seed: 1 }), isRefusal)
})
