import type { KernelFunc } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'

export const backendName = 'tensorflow'

/** Replaces a kernel of the backend by one that may fall back to what was there. */
export function overrideKernel(
  tf: TensorFlow,
  kernelName: string,
  make: (original: KernelFunc) => KernelFunc,
): void {
  const original = tf.getKernel(kernelName, backendName)
  tf.unregisterKernel(kernelName, backendName) // or tfjs warns of a second registration
  tf.registerKernel({ ...original, kernelFunc: make(original.kernelFunc) })
}
