import { test } from 'node:test'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()

for (const golden of goldenCases<{ units: number; activation: 'linear' | 'relu' }>('dense')) {
  const what = `a ${golden.options.activation} dense layer on [${golden.input.shape}]`

  test(`${what} answers and learns as Keras’s does, with our products, biases and ReLU`, () => {
    const layer = tf.layers.dense(golden.options)
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  })

  test(`the gradients of ${what} are those of differences`, () => {
    const layer = tf.layers.dense(golden.options)
    const input = tf.tensor(golden.input.values, golden.input.shape)
    layer.apply(input)
    layer.setWeights(golden.weights.map(({ values, shape }) => tf.tensor(values, shape)))
    // So near that no output crosses the ReLU's corner.
    checkGradients(tf, { layer, input, distance: 1e-3 })
    input.dispose()
    layer.dispose()
  })
}
