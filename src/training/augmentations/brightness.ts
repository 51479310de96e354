import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { signed } from './image-projections.js'
import { pixelRange } from './pixel-range.js'

/** Lighter and darker images, within what the training images hold. */
export const brightness: Augmentation = {
  name: 'brightness',
  summary: 'makes images lighter or darker',
  rows: ['image'],
  options: Type.Object(
    {
      brightness: Type.Number({
        default: 0.2,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'At most, as a share of the range of all training pixels',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ brightness: most }, rows) {
    const { low, high } = pixelRange(rows)
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const change = signed(random, batch)
        .mul((most as number) * (high - low))
        .reshape([batch, 1, 1, 1])
      return tf.minimum(tf.maximum(x.add(change), low), high)
    }
  },
}
