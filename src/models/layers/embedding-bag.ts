import type { LayerVariable, layers, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { bagSum } from '../../tensorflow/kernels/bag-sum.js'
import { withInnerElements } from './inner-elements.js'

export interface EmbeddingBagOptions {
  readonly name: string
  /** How many ids there are, from 0. */
  readonly inputDim: number
  /** Width of an id's vector. */
  readonly outputDim: number
  /** `sum`, or `mean`: the sum divided by that of the weights' sizes; a bag without weights gives zeros. */
  readonly combine: 'sum' | 'mean'
  /** Adds a vector to every sum. */
  readonly useBias?: boolean
  /** Initial vectors are uniform between ± this. */
  readonly range: number
  /** Penalty on the squares of all vectors. */
  readonly l2?: number
  /** Seeds the initial vectors. */
  readonly seed: number
}

/** Keeps a bag without weights from a division by zero. */
const leastWeight = 1e-12

/**
 * Weighted sums of vectors by their ids, in any order: bags [batch, 2, length] of ids and weights, or tokens
 * [batch, length], of which each but the filling 0 weighs 1, to [batch, outputDim]. An id that is not there counts as the
 * nearest one that is.
 */
export function embeddingBag(tf: TensorFlow, options: EmbeddingBagOptions): layers.Layer {
  const { name, inputDim, outputDim, combine, useBias = false, range, l2 = 0, seed } = options

  class EmbeddingBag extends tf.layers.Layer {
    static readonly className = 'EmbeddingBag'
    #embeddings: LayerVariable | undefined
    #bias: LayerVariable | undefined

    override build(inputShape: number[]): void {
      const uniform = tf.initializers.randomUniform({ minval: -range, maxval: range, seed })
      const penalty = l2 > 0 ? tf.regularizers.l2({ l2 }) : undefined
      this.#embeddings = this.addWeight('embeddings', [inputDim, outputDim], 'float32', uniform, penalty)
      if (useBias) this.#bias = this.addWeight('bias', [outputDim], 'float32', tf.initializers.zeros())
      super.build(inputShape)
    }

    override computeOutputShape(inputShape: number[]): number[] {
      return [inputShape[0] as number, outputDim]
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = [inputs].flat()[0] as Tensor
      return tf.tidy(() => {
        const [given, weights] =
          x.shape.length === 2
            ? [x, tf.greater(x, 0).cast('float32')]
            : (tf.unstack(x, 1) as [Tensor, Tensor])
        const ids = given.cast('int32').clipByValue(0, inputDim - 1)
        const embeddings = (this.#embeddings as LayerVariable).read()
        const sums = bagSum(tf, { embeddings, ids, weights })
        const combined = combine === 'sum' ? sums : tf.div(sums, totalOf(weights))
        return this.#bias ? tf.add(combined, this.#bias.read()) : combined
      })
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), inputDim, outputDim, combine, useBias, range, l2, seed }
    }
  }

  const totalOf = (weights: Tensor): Tensor =>
    tf.maximum(tf.sum(tf.abs(weights), 1, true), tf.scalar(leastWeight))

  return withInnerElements(new EmbeddingBag({ name }), (inputShape) =>
    embeddingBagInner(inputShape.flat().at(-1) as number, outputDim),
  )
}

/** Elements of a row that are looked up. */
export const embeddingBagInner = (length: number, outputDim: number): number => length * outputDim
