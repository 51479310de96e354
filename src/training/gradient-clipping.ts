import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Training } from './options.js'

/**
 * Bounds the gradients of one step: each element by `value`, then all together by their length, `globalNorm`
 * (Pascanu et al. 2013). Runs inside a tidy.
 */
export function clipGradients(
  tf: TensorFlow,
  gradients: readonly Tensor[],
  clipping: Training['gradientClipping'],
): readonly Tensor[] {
  if (clipping === null) return gradients
  const { value, globalNorm } = clipping
  const bounded =
    value === undefined ? gradients : gradients.map((gradient) => gradient.clipByValue(-value, value))
  if (globalNorm === undefined) return bounded
  const norm = tf.sqrt(tf.addN(bounded.map((gradient) => gradient.square().sum())))
  const factor = tf.div(globalNorm, tf.maximum(norm, globalNorm))
  return bounded.map((gradient) => gradient.mul(factor))
}
