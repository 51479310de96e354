import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'

/** The inputs of all steps times the weights plus the bias, as one product: [steps, batch, columns]. */
export function projected(
  tf: TensorFlow,
  { x, kernel, bias }: { x: Tensor; kernel: Tensor; bias: Tensor },
): Tensor {
  const [steps, batch, features] = x.shape as [number, number, number]
  const product = tf.matMul(x.reshape([steps * batch, features]), kernel)
  return tf.add(product, bias).reshape([steps, batch, bias.size])
}
