import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import {
  boolAttribute,
  float32,
  floatAttribute,
  operationsOf,
  stringAttribute,
  typeAttribute,
} from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'FusedBatchNormV3'
/** y, mean, variance, and three that only the gradient reads. */
const [outputs, gradientOutputs] = [6, 5]

const attributes = (epsilon: number) => [
  float32,
  typeAttribute('U', DataType.FLOAT),
  floatAttribute('epsilon', epsilon),
  stringAttribute('data_format', 'NHWC'),
  boolAttribute('is_training', true),
]

/** Batch normalisation and its gradient in one operation each; tfjs composes them of some thirty. */
export function registerFusedBatchNorm(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, gamma, beta } = inputs as { x: Tensor; gamma: Tensor; beta: Tensor }
      const { epsilon } = attrs as { epsilon: number }
      return tf.tidy(() => {
        const none = tf.tensor1d([], 'float32') // no averages to go on from: the batch's own come out
        const factor = floatAttribute('exponential_avg_factor', 1)
        const given = [x, gamma, beta, none, none]
        return operations.many(kernelName, [...attributes(epsilon), factor], given, outputs)
      })
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dy, saved, attrs) => {
      const [dOutputs] = dy as Tensor[] // nothing flows back through the averages
      const { epsilon } = attrs as unknown as { epsilon: number }
      const gradients = operations.many(
        'FusedBatchNormGradV3',
        attributes(epsilon),
        [dOutputs as Tensor, ...saved],
        gradientOutputs,
      )
      const [x, gamma, beta] = gradients as [Tensor, Tensor, Tensor]
      return { x: () => x, gamma: () => gamma, beta: () => beta }
    },
  })
}

/**
 * Normalises each channel by the batch's own mean and variance, then scales by `gamma` and shifts by `beta`.
 *
 * @param x [rows, height, width, channels]
 * @param gamma [channels], as `beta`
 * @returns y as x; mean [channels]; the biased variance [channels], as Keras's, where the operation gives the unbiased one
 */
export function fusedBatchNorm(
  tf: TensorFlow,
  { x, gamma, beta, epsilon }: { x: Tensor; gamma: Tensor; beta: Tensor; epsilon: number },
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const [y, mean, unbiased] = tf
    .engine()
    .runKernel(kernelName, { x, gamma, beta }, { epsilon }) as unknown as [Tensor, Tensor, Tensor]
  const n = x.size / gamma.size
  return { y, mean, variance: tf.mul(unbiased, (n - 1) / n) }
}
