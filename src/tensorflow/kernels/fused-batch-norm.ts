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
      const { x, gamma, beta, mean, variance } = inputs as Record<string, Tensor>
      const { epsilon, momentum } = attrs as { epsilon: number; momentum: number }
      const factor = floatAttribute('exponential_avg_factor', 1 - momentum)
      const given = [x, gamma, beta, mean, variance] as Tensor[]
      return operations.many(kernelName, [...attributes(epsilon), factor], given, outputs)
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
 * @param gamma [channels], as `beta`, `mean` and `variance`: the moving averages as they were
 * @param momentum share of the averages that stays, from above 0 to 1
 * @returns y as x, and the averages as they are now [channels]: of the biased variance as in Keras, where the
 * operation moves towards the unbiased one
 */
export function fusedBatchNorm(
  tf: TensorFlow,
  { epsilon, momentum, ...inputs }: BatchNorm,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const n = inputs.x.size / inputs.gamma.size
  const bessel = n / Math.max(1, n - 1)
  const given = { ...inputs, variance: tf.mul(inputs.variance, bessel) }
  const [y, mean, unbiased] = tf.engine().runKernel(kernelName, given, { epsilon, momentum }) as unknown as [
    Tensor,
    Tensor,
    Tensor,
  ]
  return { y, mean, variance: tf.mul(unbiased, 1 / bessel) }
}

interface BatchNorm {
  readonly x: Tensor
  readonly gamma: Tensor
  readonly beta: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
  readonly epsilon: number
  readonly momentum: number
}
