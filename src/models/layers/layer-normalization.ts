import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { layerNorm } from '../../tensorflow/kernels/layer-norm.js'

export interface LayerNormalizationOptions {
  readonly name?: string
  /** Added to the variance; Keras's default. */
  readonly epsilon?: number
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016): [..., width] to the same shape.
 * It is tfjs's LayerNormalization, with its configuration and weights, in all but how it computes.
 */
export function layerNormalization(
  tf: TensorFlow,
  { epsilon = 1e-3, ...named }: LayerNormalizationOptions,
): layers.Layer {
  const layer = tf.layers.layerNormalization({ ...named, epsilon })
  layer.call = (inputs) => {
    const x = [inputs].flat()[0] as Tensor
    const [gamma, beta] = layer.weights.map((weight) => weight.read()) as [Tensor, Tensor]
    return layerNorm(tf, { x, gamma, beta, epsilon })
  }
  return layer
}
