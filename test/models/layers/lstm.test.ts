import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { type LstmOptions, lstm } from '../../../src/models/layers/lstm.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'
import { checkAgainstPlain, someSeries } from './recurrent-checks.js'

const { tf } = await testTensorFlow()

for (const composed of [false, true]) {
  const how = composed ? 'out of plain operations' : 'by TensorFlow’s operation for all steps'

  test(`it answers and learns as Keras’s does, ${how}`, () => {
    for (const golden of goldenCases<Omit<LstmOptions, 'seed'>>('lstm')) {
      const layer = lstm(tf, { ...golden.options, seed: 1, composed })
      checkAgainstKeras(tf, layer, golden)
      layer.dispose()
    }
  })

  test(`its gradients are those of differences, ${how}`, () => {
    for (const returnSequences of [false, true]) {
      const layer = lstm(tf, { units: 3, returnSequences, seed: 1, composed })
      const input = someSeries(tf, [2, 4, 3])
      checkGradients(tf, { layer, input })
      input.dispose()
      layer.dispose()
    }
  })

  test(`plain tfjs’s layer takes its configuration and weights and answers the same, ${how}`, () => {
    for (const returnSequences of [false, true]) {
      const layer = lstm(tf, { name: 'states', units: 4, returnSequences, seed: 3, composed })
      checkAgainstPlain(tf, layer, (config) => tf.layers.lstm(config as never))
      layer.dispose()
    }
  })
}

test('its weights begin as Keras’s: orthogonal for the last output, and forget gates that are open', () => {
  const layer = lstm(tf, { units: 4, seed: 3 })
  tf.dispose(layer.apply(someSeries(tf, [1, 5, 2])) as Tensor)
  const [, recurrent, bias] = layer.getWeights() as [Tensor, Tensor, Tensor]
  tf.tidy(() => {
    const products = tf.matMul(recurrent, recurrent, false, true).sub(tf.eye(4))
    assert.ok((products.abs().max().dataSync()[0] as number) < 1e-6)
  })
  assert.deepEqual([...bias.dataSync()], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  layer.dispose()
})
