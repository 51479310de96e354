import type { LayerVariable, layers, Scalar, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { selfAttention } from '../../tensorflow/kernels/self-attention.js'
import { statelessDropoutMask } from '../../tensorflow/kernels/stateless-dropout-mask.js'
import { layerSeed } from './layer-seed.js'

export interface MultiHeadAttentionOptions {
  readonly name?: string
  /** They share the width, which is a multiple of their number. */
  readonly heads: number
  /** Share of the attention weights that is dropped in training, below 1. */
  readonly dropout?: number
  /** Seeds the initial weights and this layer's masks. */
  readonly seed: number
  /** The training step; absent when the model only predicts. */
  readonly step?: (() => Scalar) | undefined
}

/**
 * Attention of a series to itself by several heads (Vaswani et al. 2017, 3.2.2): [batch, length, width] to the same
 * shape. It computes what Keras's MultiHeadAttention(heads, width / heads) does with x as query, value and key.
 *
 * Weights: `projection` [width, 3 · width] makes queries, keys and values, in this order, each of all heads; `output`
 * [width, width]; and the biases of both. Each of the four products starts as Glorot and Bengio 2010 have it.
 */
export function multiHeadAttention(tf: TensorFlow, options: MultiHeadAttentionOptions): layers.Layer {
  const { name, heads, dropout: rate = 0, seed, step } = options

  class MultiHeadSelfAttention extends tf.layers.Layer {
    static readonly className = 'MultiHeadSelfAttention'
    #weights: readonly LayerVariable[] = []
    /** What is kept for the gradient besides the output, per row: queries, keys, values, and the heads' weights. */
    innerElements = 0

    override build(inputShape: number[]): void {
      const [, length, width] = inputShape.flat() as [number, number, number] // in a list or not
      this.innerElements = 3 * length * width + heads * length ** 2
      const limit = Math.sqrt(3 / width)
      const uniform = (part: number) =>
        tf.initializers.randomUniform({ minval: -limit, maxval: limit, seed: layerSeed(seed, part) })
      this.#weights = [
        this.addWeight('projection', [width, 3 * width], 'float32', uniform(0)),
        this.addWeight('projection_bias', [3 * width], 'float32', tf.initializers.zeros()),
        this.addWeight('output', [width, width], 'float32', uniform(1)),
        this.addWeight('output_bias', [width], 'float32', tf.initializers.zeros()),
      ]
      super.build(inputShape)
    }

    override computeOutputShape(inputShape: number[]): number[] {
      return inputShape
    }

    override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor {
      const x = [inputs].flat()[0] as Tensor
      const [batch, length, width] = x.shape as [number, number, number]
      return tf.tidy(() => {
        const [projection, projectionBias, output, outputBias] = this.#weights.map((weight) => weight.read())
        const mask = training && rate > 0 ? this.#mask([batch, heads, length, length]) : null
        const shares = tf.tensor1d(this.#queryScale(width))
        const [kernel, bias] = [projection, projectionBias].map((weight) => (weight as Tensor).mul(shares))
        const attended = selfAttention(tf, {
          qkv: tf.matMul(x.reshape([-1, width]), kernel as Tensor).add(bias as Tensor),
          batch,
          length,
          heads,
          width: width / heads,
          ...(mask ? { mask } : {}),
        })
        return tf
          .matMul(attended, output as Tensor)
          .add(outputBias as Tensor)
          .reshape([batch, length, width])
      })
    }

    /** What each column of the projection is multiplied by: queries are divided by the root of a head's width. */
    #queryScale(width: number): Float32Array {
      return new Float32Array(3 * width).fill(1).fill(1 / Math.sqrt(width / heads), 0, width)
    }

    #mask(shape: readonly number[]): Tensor {
      if (!step) throw new Error('An attention layer with dropout needs the training step')
      return statelessDropoutMask(tf, { shape, rate, seed: layerSeed(seed, 2), step: step() })
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), heads, dropout: rate, seed }
    }
  }

  return new MultiHeadSelfAttention(name === undefined ? {} : { name })
}
