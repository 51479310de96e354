import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { signed } from './image-projections.js'
import { pixelRange } from './pixel-range.js'

/** Images with more or less contrast, within what the training images hold. */
export const contrast: Augmentation = {
  name: 'contrast',
  summary: 'brings the pixels of an image nearer to its mean, or farther from it',
  rows: ['image'],
  options: Type.Object(
    {
      contrast: Type.Number({
        default: 0.2,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'At most: 0.2 makes 0.8 to 1.2 times the distance from the mean',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ contrast: most }, rows) {
    const { low, high } = pixelRange(rows)
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const factor = signed(random, batch)
        .mul(most as number)
        .add(1)
        .reshape([batch, 1, 1, 1])
      const mean = tf.mean(x, [1, 2, 3], true)
      return tf.minimum(tf.maximum(x.sub(mean).mul(factor).add(mean), low), high)
    }
  },
}
