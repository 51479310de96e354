import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { boolAttribute, float32, operationsOf, typeAttribute } from '../operations.js'
import { backendName } from './override.js'
import { randomBits } from './stateless-random.js'

const kernelName = 'StatelessDropoutMask'

/**
 * Registers the mask of a dropout layer, [shape] of 0 and 1 / (1 − rate), from (layer seed, training step) alone.
 * The generator's integers are compared, since unlike its floats they are the same when compiled by XLA.
 */
export function registerStatelessDropoutMask(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const bitsOf = randomBits(tf)

  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { step } = inputs as { step: Tensor }
      const { shape, rate, seed } = attrs as unknown as { shape: number[]; rate: number; seed: number }
      return tf.tidy(() => {
        const bits = bitsOf(shape, tf.stack([tf.scalar(seed, 'int32'), step]))
        const threshold = tf.scalar(Math.round((rate - 0.5) * 2 ** 32), 'int32') // below it: dropped
        const kept = operations.one('GreaterEqual', [typeAttribute('T', DataType.INT32)], [bits, threshold])
        const cast = [typeAttribute('SrcT', DataType.BOOL), typeAttribute('DstT', DataType.FLOAT)]
        const ones = operations.one('Cast', [...cast, boolAttribute('Truncate', false)], [kept])
        return operations.one('Mul', [float32], [ones, tf.scalar(1 / (1 - rate))])
      })
    },
  })
}

/**
 * A dropout mask: each element is 0 with probability `rate`, else 1 / (1 − rate).
 *
 * @param step int32 scalar; another step gives another mask
 * @param seed int32 of the layer
 */
export function statelessDropoutMask(
  tf: TensorFlow,
  { shape, rate, seed, step }: { shape: readonly number[]; rate: number; seed: number; step: Tensor },
): Tensor {
  return tf.engine().runKernel(kernelName, { step }, { shape: [...shape], rate, seed })
}
