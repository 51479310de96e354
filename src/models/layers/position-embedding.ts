import type { LayerVariable, layers, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'

export interface PositionEmbeddingOptions {
  readonly name?: string
  /** Seeds the initial vectors. */
  readonly seed: number
}

/**
 * Adds a learned vector to each place of a series (Gehring et al. 2017, 3.1): [batch, length, width] to the same shape.
 * The weight `positions` [length, width] starts uniform in ±0.05, as Keras's embeddings do.
 */
export function positionEmbedding(tf: TensorFlow, { name, seed }: PositionEmbeddingOptions): layers.Layer {
  class PositionEmbedding extends tf.layers.Layer {
    static readonly className = 'PositionEmbedding'
    #positions: LayerVariable | undefined

    override build(inputShape: number[]): void {
      const [, length, width] = inputShape.flat() as [number, number, number]
      const uniform = tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed })
      this.#positions = this.addWeight('positions', [length, width], 'float32', uniform)
      super.build(inputShape)
    }

    override computeOutputShape(inputShape: number[]): number[] {
      return inputShape
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = [inputs].flat()[0] as Tensor
      return x.add((this.#positions as LayerVariable).read())
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), seed }
    }
  }

  return new PositionEmbedding(name === undefined ? {} : { name })
}
