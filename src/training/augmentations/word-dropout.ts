import type { Tensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { TensorFlow } from '../../contracts/family.js'
import type { Augmentation, Random } from './augmentation.js'

/** The id of a token that training has not seen. */
const UNKNOWN = 1

/**
 * Words left out at random (Iyyer et al. 2015, "Deep Unordered Composition"): a token becomes the unknown one, so that its
 * place stays; a term of a bag loses its weight, and those that stay weigh more, so that the sum is the same on average.
 */
export const wordDropout: Augmentation = {
  name: 'word-dropout',
  summary: 'leaves words of a text out: a token becomes the unknown one, a term of a bag goes',
  rows: ['tokens', 'bag'],
  options: Type.Object(
    {
      rate: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 0.95,
        description: 'Share of the words that is left out',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ rate }, { kind }) {
    const share = rate as number
    return (x, { tf, random }) =>
      kind === 'bag' ? withoutTerms(tf, { x, share, random }) : withUnknown(tf, { x, share, random })
  },
}

interface Given {
  /** [batch, length] or [batch, 2, length] */
  readonly x: Tensor
  readonly share: number
  readonly random: Random
}

function withUnknown(tf: TensorFlow, { x, share, random }: Given): Tensor {
  const isDropped = tf.logicalAnd(tf.less(random.uniform(x.shape), share), tf.greater(x, 0))
  return tf.where(isDropped, tf.onesLike(x).mul(UNKNOWN), x)
}

function withoutTerms(tf: TensorFlow, { x, share, random }: Given): Tensor {
  const [ids, weights] = tf.unstack(x, 1) as [Tensor, Tensor]
  const isKept = tf.greaterEqual(random.uniform(weights.shape), share).cast('float32')
  return tf.stack([ids, weights.mul(isKept).div(1 - share)], 1)
}
