import type { Tensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { TensorFlow } from '../../contracts/family.js'
import type { Augmentation, Random } from './augmentation.js'

/** Neighbouring words change places (after the random swap of Wei and Zou 2019, "EDA", but of neighbours alone). */
export const wordSwap: Augmentation = {
  name: 'word-swap',
  summary: 'lets neighbouring words of a text change places; for tokens, as a bag has no order',
  rows: ['tokens'],
  options: Type.Object(
    {
      rate: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 1,
        description:
          'Share of the pairs of neighbours that change places: half of it of those at even places, then half at odd ones',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ rate }) {
    const share = (rate as number) / 2
    return (x, { tf, random }) => {
      const swapped = swapFrom(tf, { x, first: 0, share, random })
      return swapFrom(tf, { x: swapped, first: 1, share, random })
    }
  },
}

/**
 * Swaps pairs that begin at every second place. What fills up stays where it is.
 *
 * @param options.x [batch, length]
 */
function swapFrom(
  tf: TensorFlow,
  { x, first, share, random }: { x: Tensor; first: number; share: number; random: Random },
): Tensor {
  const [batch, length] = x.shape as [number, number]
  const pairs = Math.floor((length - first) / 2)
  if (pairs <= 0) return x
  const end = first + 2 * pairs
  const both = x.slice([0, first], [batch, 2 * pairs]).reshape([batch, pairs, 2])
  const [left, right] = tf.unstack(both, 2) as [Tensor, Tensor]
  const areWords = tf.logicalAnd(tf.greater(left, 0), tf.greater(right, 0))
  const isSwapped = tf.logicalAnd(areWords, tf.less(random.uniform([batch, pairs]), share))
  const changed = tf.stack([tf.where(isSwapped, right, left), tf.where(isSwapped, left, right)], 2)
  const parts = [
    ...(first > 0 ? [x.slice([0, 0], [batch, first])] : []),
    changed.reshape([batch, 2 * pairs]),
    ...(end < length ? [x.slice([0, end], [batch, length - end])] : []),
  ]
  return parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts, 1)
}
