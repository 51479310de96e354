import type { LayerVariable, layers, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { causalConvolution as convolve } from '../../tensorflow/kernels/causal-convolution.js'

export interface CausalConvolutionOptions {
  readonly name?: string
  readonly filters: number
  /** Taps of the kernel. */
  readonly kernelSize: number
  /** Steps between taps; 1 where it is not given. */
  readonly dilationRate?: number
  /** Seeds the initial kernel. */
  readonly seed: number
}

/**
 * Convolution over a series whose outputs see no later step (van den Oord et al. 2016): [batch, length, channels] to
 * [batch, length, filters]. It is Keras's Conv1D with padding "causal"; that of tfjs builds a wrong shape.
 *
 * Weights: `kernel` [kernelSize, channels, filters], which starts as He et al. 2015 have it for what a ReLU follows,
 * and `bias` [filters].
 */
export function causalConvolution(tf: TensorFlow, options: CausalConvolutionOptions): layers.Layer {
  const { name, filters, kernelSize, dilationRate = 1, seed } = options

  class CausalConvolution extends tf.layers.Layer {
    static readonly className = 'CausalConvolution'
    #weights: readonly LayerVariable[] = []
    /** What is kept for the gradient besides the output, per row: all that the taps see. */
    innerElements = 0

    override build(inputShape: number[]): void {
      const [, length, channels] = inputShape.flat() as [number, number, number] // in a list or not
      this.innerElements = causalConvolutionInner({ length, channels, kernelSize, dilationRate })
      this.#weights = [
        this.addWeight(
          'kernel',
          [kernelSize, channels, filters],
          'float32',
          tf.initializers.heNormal({ seed }),
        ),
        this.addWeight('bias', [filters], 'float32', tf.initializers.zeros()),
      ]
      super.build(inputShape)
    }

    override computeOutputShape(inputShape: number[]): number[] {
      const [batch, length] = inputShape.flat() as [number, number]
      return [batch, length, filters]
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = [inputs].flat()[0] as Tensor
      const [kernel, bias] = this.#weights.map((weight) => weight.read()) as [Tensor, Tensor]
      return tf.tidy(() => convolve(tf, { x, kernel, dilation: dilationRate }).add(bias))
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), filters, kernelSize, dilationRate, seed }
    }
  }

  return new CausalConvolution(name === undefined ? {} : { name })
}

/** Elements that a layer keeps for its gradient besides its output, per row. */
export function causalConvolutionInner(options: {
  length: number
  channels: number
  kernelSize: number
  dilationRate: number
}): number {
  const { length, channels, kernelSize, dilationRate } = options
  const taps = Math.min(kernelSize, Math.ceil(length / dilationRate)) // those that see a step
  return taps * length * channels
}
