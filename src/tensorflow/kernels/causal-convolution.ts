import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { backendName } from './override.js'

const kernelName = 'CausalConvolution'

/**
 * Registers the convolution over the past of a series as one product of matrices, in which the steps that each output
 * sees stand side by side. Unlike TensorFlow's own convolution it is fast in a loop that XLA compiles.
 */
export function registerCausalConvolution(tf: TensorFlow): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, kernel } = inputs as { x: Tensor; kernel: Tensor }
      const { dilation } = attrs as { dilation: number }
      const [batch, length, channels] = x.shape as [number, number, number]
      const shifts = shiftsOf(kernel, { length, dilation })
      return tf.tidy(() => {
        const seen = shifts.map((shift) =>
          shift === 0
            ? x
            : tf.slice(x, [0, 0, 0], [batch, length - shift, channels]).pad([
                [0, 0],
                [shift, 0],
                [0, 0],
              ]),
        )
        const columns = tf.concat(seen, 2).reshape([batch * length, shifts.length * channels])
        const y = tf.matMul(columns, weightsOf(kernel, shifts.length))
        return [y.reshape([batch, length, kernel.shape[2] as number]), columns]
      })
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'kernel'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved, attrs) => {
      const [x, kernel, columns] = saved as [Tensor, Tensor, Tensor]
      const { dilation } = attrs as { dilation: number }
      const [batch, length, channels] = x.shape as [number, number, number]
      const [size, , filters] = kernel.shape as [number, number, number]
      const shifts = shiftsOf(kernel, { length, dilation })
      const dy = ((dys as Tensor[])[0] as Tensor).reshape([batch * length, filters])
      return {
        x: () => {
          const dColumns = tf.matMul(dy, weightsOf(kernel, shifts.length), false, true)
          const dSeen = dColumns.reshape([batch, length, shifts.length * channels])
          const parts = shifts.map((shift, i) => {
            const part = tf.slice(dSeen, [0, shift, i * channels], [batch, length - shift, channels])
            return shift === 0
              ? part
              : part.pad([
                  [0, 0],
                  [0, shift],
                  [0, 0],
                ])
          })
          return tf.addN(parts)
        },
        kernel: () => {
          const weights = tf.matMul(columns, dy, true).reshape([shifts.length, channels, filters])
          const unseen = size - shifts.length
          return unseen === 0
            ? weights
            : weights.pad([
                [unseen, 0],
                [0, 0],
                [0, 0],
              ])
        },
      }
    },
  })

  /** The last taps of a kernel [size, channels, filters] as a matrix. */
  function weightsOf(kernel: Tensor, taps: number): Tensor {
    const [size, channels, filters] = kernel.shape as [number, number, number]
    const used = taps === size ? kernel : tf.slice(kernel, [size - taps, 0, 0], [taps, channels, filters])
    return used.reshape([taps * channels, filters])
  }
}

/** How many steps back each tap looks, without the first ones where that is before any step. */
function shiftsOf(
  { shape }: Tensor,
  { length, dilation }: { length: number; dilation: number },
): readonly number[] {
  const size = shape[0] as number
  return Array.from({ length: size }, (_, tap) => (size - 1 - tap) * dilation).filter(
    (shift) => shift < length,
  )
}

/**
 * Convolution over a series that sees no later step: y[t] is the sum over taps i of x[t − (size − 1 − i) · dilation]
 * kernel[i], where steps before the first are 0.
 *
 * @param x [batch, length, channels]
 * @param kernel [size, channels, filters]
 * @param dilation steps between taps, from 1
 * @returns [batch, length, filters]
 */
export function causalConvolution(
  tf: TensorFlow,
  { x, kernel, dilation }: { x: Tensor; kernel: Tensor; dilation: number },
): Tensor {
  return tf.tidy(() => {
    const outputs = tf.engine().runKernel(kernelName, { x, kernel }, { dilation })
    return (outputs as unknown as Tensor[])[0] as Tensor
  })
}
