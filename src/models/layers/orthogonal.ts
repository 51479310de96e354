import type { Tensor, Tensor2D } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { qr } from '../../tensorflow/kernels/qr.js'

type Initializer = ReturnType<TensorFlow['initializers']['orthogonal']>

/**
 * Orthonormal rows or columns, whichever are fewer, uniformly distributed (Saxe et al. 2013): Keras's default for
 * recurrent weights. It is tfjs's initializer in all but what factorises, which takes it seconds for wide layers.
 */
export function orthogonal(tf: TensorFlow, seed: number): Initializer {
  const initializer = tf.initializers.orthogonal({ seed })
  initializer.apply = (shape) => {
    const [rows, columns] = shape as [number, number]
    return tf.tidy(() => {
      const size: [number, number] = [Math.max(rows, columns), Math.min(rows, columns)]
      const { q, r } = qr(tf, tf.randomNormal(size, 0, 1, 'float32', seed))
      const signs = tf.sum(tf.mul(r, tf.eye(size[1])), 1).sign() // of r's diagonal: without them q is not uniform
      const uniform: Tensor = tf.mul(q, signs)
      return rows < columns ? (uniform as Tensor2D).transpose() : uniform
    })
  }
  return initializer
}
