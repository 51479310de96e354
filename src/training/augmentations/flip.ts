import type { Tensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'

const axes = { horizontal: [2], vertical: [1], both: [2, 1] } as const

/** Mirrored images; each direction by itself, so that of `both` a quarter of the images is mirrored in both. */
export const flip: Augmentation = {
  name: 'flip',
  summary: 'mirrors half of the images',
  rows: ['image'],
  options: Type.Object(
    {
      direction: Type.Enum(['horizontal', 'vertical', 'both'], {
        default: 'horizontal',
        description: 'horizontal: left and right change places; vertical: top and bottom',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ direction }) {
    return (x, { tf, random }) =>
      axes[direction as keyof typeof axes].reduce((images: Tensor, axis) => {
        const batch = images.shape[0] as number
        const isMirrored = tf.less(random.uniform([batch, 1, 1, 1]), 0.5).cast('float32')
        const mirrored = tf.reverse(images, [axis]).mul(isMirrored)
        return mirrored.add(images.mul(tf.sub(1, isMirrored)))
      }, x)
  },
}
