import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orthogonal } from '../../../src/models/layers/orthogonal.js'
import { testTensorFlow } from '../../support/tensorflow.js'

const { tf } = await testTensorFlow()
const drawn = (seed: number, shape: [number, number]) => orthogonal(tf, seed).apply(shape)

test('rows or columns are orthonormal, whichever are fewer', () => {
  for (const shape of [
    [16, 64],
    [20, 5],
    [7, 7],
  ] as [number, number][]) {
    tf.tidy(() => {
      const matrix = drawn(1, shape)
      assert.deepEqual(matrix.shape, shape)
      const isWide = shape[0] < shape[1]
      const products = tf.matMul(matrix, matrix, !isWide, isWide).sub(tf.eye(Math.min(...shape)))
      assert.ok((products.abs().max().dataSync()[0] as number) < 1e-6)
    })
  }
})

test('the same seed gives the same weights, another one others', () => {
  tf.tidy(() => {
    const values = [1, 1, 2].map((seed) => [...drawn(seed, [6, 24]).dataSync()])
    assert.deepEqual(values[0], values[1])
    assert.notDeepEqual(values[0], values[2])
  })
})

test('it is tfjs’s initializer, by name and configuration, and draws what that one draws', () => {
  tf.tidy(() => {
    const plain = tf.initializers.orthogonal({ seed: 5 })
    const initializer = orthogonal(tf, 5)
    assert.deepEqual(
      [initializer.getClassName(), initializer.getConfig()],
      [plain.getClassName(), plain.getConfig()],
    )
    const [expected, actual] = [plain, initializer].map((each) => each.apply([6, 10]))
    const difference = tf
      .sub(expected as never, actual as never)
      .abs()
      .max()
    assert.ok((difference.dataSync()[0] as number) < 1e-5)
  })
})
