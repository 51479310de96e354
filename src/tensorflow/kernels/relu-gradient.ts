import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { float32, operationsOf } from '../operations.js'

/** ReluGrad on the saved output: one operation, and the layer's input need not be kept. */
export function overrideReluGradient(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => operations.one('ReluGrad', [float32], [dy as Tensor, y as Tensor]) }),
  })
}
