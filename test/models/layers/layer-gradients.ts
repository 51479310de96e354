import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../src/contracts/family.js'

/** What a layer answers, and the gradients of sum(outputs · upstream) by its trainable weights and, where there is one, its input. */
export interface LayerGradients {
  readonly output: Tensor
  readonly input: Tensor | null
  readonly weights: readonly Tensor[]
}

/** @param options.training given to the layer, as in a step of training */
export function layerGradients(
  tf: TensorFlow,
  {
    layer,
    input,
    upstream,
    isDifferentiable = true,
    training = true,
  }: {
    layer: layers.Layer
    input: Tensor
    upstream: Tensor
    isDifferentiable?: boolean
    training?: boolean
  },
): LayerGradients {
  const weights = layer.trainableWeights.map((weight) => weight.read())
  const by = isDifferentiable ? [input, ...weights] : weights
  const { value, grads } = tf.engine().gradients(
    () => layer.apply(input, { training }) as Tensor,
    by as never, // typed for vectors
    upstream as never,
  )
  const [first, ...rest] = grads as Tensor[]
  return isDifferentiable
    ? { output: value, input: first as Tensor, weights: rest }
    : { output: value, input: null, weights: grads as Tensor[] }
}
