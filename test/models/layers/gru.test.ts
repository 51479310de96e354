import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GruOptions, gru } from '../../../src/models/layers/gru.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'
import { checkAgainstPlain, someSeries } from './recurrent-checks.js'

const { tf } = await testTensorFlow()

test('it answers and learns as Keras’s does, with the reset gate after or before the product', () => {
  const cases = goldenCases<Omit<GruOptions, 'seed'>>('gru')
  assert.deepEqual(new Set(cases.map(({ options }) => options.resetAfter)), new Set([true, false]))
  for (const golden of cases) {
    const layer = gru(tf, { ...golden.options, seed: 1 })
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  }
})

for (const resetAfter of [true, false]) {
  test(`its gradients are those of differences, with the reset gate ${resetAfter ? 'after' : 'before'} the product`, () => {
    for (const returnSequences of [false, true]) {
      const layer = gru(tf, { units: 3, returnSequences, resetAfter, seed: 1 })
      const input = someSeries(tf, [2, 4, 3])
      checkGradients(tf, { layer, input })
      input.dispose()
      layer.dispose()
    }
  })
}

test('plain tfjs’s layer, whose reset gate stands before the product, takes its configuration and weights', () => {
  for (const returnSequences of [false, true]) {
    const layer = gru(tf, { name: 'states', units: 4, returnSequences, resetAfter: false, seed: 3 })
    checkAgainstPlain(tf, layer, (config) => tf.layers.gru(config as never))
    layer.dispose()
  }
})

test('with the reset gate after the product it has a name of its own, which plain tfjs does not take for its GRU', () => {
  const layer = gru(tf, { units: 4, seed: 3 })
  assert.equal(layer.getClassName(), 'ResetAfterGRU')
})
