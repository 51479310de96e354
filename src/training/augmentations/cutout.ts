import type { Tensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { TensorFlow } from '../../contracts/family.js'
import type { Augmentation } from './augmentation.js'
import { pixelRange } from './pixel-range.js'

/** A square of each image without anything to see (DeVries and Taylor 2017): it may reach beyond the edge, as there. */
export const cutout: Augmentation = {
  name: 'cutout',
  summary: 'covers a square of each image with the mean of the training pixels',
  rows: ['image'],
  options: Type.Object(
    {
      side: Type.Number({
        default: 0.25,
        exclusiveMinimum: 0,
        maximum: 0.9,
        description: 'Of the square, as a share of the image’s shorter side',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ side }, rows) {
    const [height = 1, width = 1, channels = 1] = rows.shape
    const half = ((side as number) * Math.min(height, width)) / 2
    const { means } = pixelRange(rows)
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const down = within(tf, { middle: random.uniform([batch, 1]), length: height, half })
      const across = within(tf, { middle: random.uniform([batch, 1]), length: width, half })
      const covered = down.reshape([batch, height, 1, 1]).mul(across.reshape([batch, 1, width, 1]))
      const mean = tf.tensor(means, [1, 1, 1, channels])
      return x.mul(tf.sub(1, covered)).add(covered.mul(mean))
    }
  },
}

/** [batch, length] of 1 where a pixel is within the square, else 0. @param options.middle [batch, 1], as shares of the length */
function within(
  tf: TensorFlow,
  { middle, length, half }: { middle: Tensor; length: number; half: number },
): Tensor {
  const places = tf.tensor2d(
    Array.from({ length }, (_, at) => at + 0.5),
    [1, length],
  )
  return tf.lessEqual(places.sub(middle.mul(length)).abs(), half).cast('float32')
}
