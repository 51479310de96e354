import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { embeddingLookup } from '../../tensorflow/kernels/embedding-lookup.js'

export interface EmbeddingOptions {
  readonly name?: string
  /** How many ids there are, from 0. */
  readonly inputDim: number
  /** Width of an id's vector. */
  readonly outputDim: number
  /** Seeds the initial vectors. */
  readonly seed: number
}

/**
 * A vector for each token id: [batch, length] of ids, as floats or integers, to [batch, length, outputDim].
 * An id that is not there, or not a number, counts as the nearest one that is: a damaged row ends no training.
 *
 * It is tfjs's Embedding, with its configuration and weight, in all but how it looks up. The initial vectors are
 * uniform in ±0.05, Keras's default.
 */
export function embedding(
  tf: TensorFlow,
  { seed, inputDim, outputDim, ...named }: EmbeddingOptions,
): layers.Layer {
  const embeddingsInitializer = tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed })
  const layer = tf.layers.embedding({ ...named, inputDim, outputDim, embeddingsInitializer })
  layer.call = (inputs) => {
    const given = [inputs].flat()[0] as Tensor
    return tf.tidy(() => {
      // Clipped as integers: the largest floats and NaN become some integer in the cast.
      const ids = given.cast('int32').clipByValue(0, inputDim - 1)
      return embeddingLookup(tf, { embeddings: (layer.weights[0] as (typeof layer.weights)[0]).read(), ids })
    })
  }
  return layer
}
