import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { type EmbeddingBagOptions, embeddingBag } from '../../../src/models/layers/embedding-bag.js'
import { testTensorFlow } from '../../support/tensorflow.js'
import { checkGradients } from './gradient-check.js'
import { checkAgainstKeras, goldenCases } from './keras-golden.js'

const { tf } = await testTensorFlow()
const initial = { name: 'bag', range: 0.5, seed: 1 }
type Options = Omit<EmbeddingBagOptions, keyof typeof initial>

for (const golden of goldenCases<Options>('embedding-bag')) {
  const { combine } = golden.options
  const rows = golden.input.shape.length === 3 ? 'weighted terms' : 'tokens'

  test(`the ${combine} of ${rows} is that of Keras’s vectors, and learns as they do`, () => {
    const layer = embeddingBag(tf, { ...initial, ...golden.options })
    checkAgainstKeras(tf, layer, golden)
    layer.dispose()
  })

  test(`the gradients of the ${combine} of ${rows} are those of differences`, () => {
    const layer = embeddingBag(tf, { ...initial, ...golden.options })
    const input = tf.tensor(golden.input.values, golden.input.shape)
    checkGradients(tf, { layer, input, isDifferentiable: false })
    input.dispose()
    layer.dispose()
  })
}

test('ids that are not there count as the nearest that are', () => {
  const layer = embeddingBag(tf, { ...initial, inputDim: 3, outputDim: 2, combine: 'sum' })
  const answer = (id: number) => tf.tidy(() => [...(layer.apply(tf.tensor2d([[id]])) as Tensor).dataSync()])
  assert.deepEqual([answer(3), answer(1e9)], [answer(2), answer(2)])
  assert.notDeepEqual(answer(2), answer(1))
  layer.dispose()
})
