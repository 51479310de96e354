import assert from 'node:assert/strict'
import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../src/contracts/family.js'

/** Numbers between −1 and 1, the same at each run. */
export function someSeries(tf: TensorFlow, shape: [number, number, number]): Tensor {
  const size = shape.reduce((product, each) => product * each, 1)
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(i * i + 1)),
    shape,
  )
}

/** Gives plain tfjs's layer the configuration and the weights, and compares what the two answer to 1e-5. */
export function checkAgainstPlain(
  tf: TensorFlow,
  layer: layers.Layer,
  makePlain: (config: object) => layers.Layer,
): void {
  tf.tidy(() => {
    const x = someSeries(tf, [3, 5, 2])
    const expected = (layer.apply(x) as Tensor).dataSync()
    const plain = makePlain(layer.getConfig())
    const answered = plain.apply(x) as Tensor
    plain.setWeights(layer.getWeights())
    assert.equal(plain.getClassName(), layer.getClassName())
    assert.deepEqual(
      plain.weights.map((weight) => weight.originalName),
      layer.weights.map((weight) => weight.originalName),
    )
    assert.deepEqual(answered.shape, (layer.apply(x) as Tensor).shape)
    const again = (plain.apply(x) as Tensor).dataSync()
    assert.ok(again.every((value, i) => Math.abs(value - (expected[i] as number)) < 1e-5))
  })
}
