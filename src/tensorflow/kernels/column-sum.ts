import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { boolAttribute, float32, operationsOf } from '../operations.js'

/**
 * Sums of the columns: [..., n] to [n]. As a product with ones, which takes a third of BiasAddGrad's time on CPUs
 * and half of Sum's. Without a gradient.
 */
export function columnSum(tf: TensorFlow, x: Tensor): Tensor {
  const n = x.shape.at(-1) as number
  const rows = x.size / n
  return tf.tidy(() => {
    const flat = x.shape.length === 2 ? x : x.reshape([rows, n])
    return operationsOf(tf)
      .one('MatMul', attributes, [tf.ones([1, rows]), flat])
      .reshape([n])
  })
}

const attributes = [float32, boolAttribute('transpose_a', false), boolAttribute('transpose_b', false)]
