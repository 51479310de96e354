import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { moved, signed } from './image-projections.js'

/** A part of each image at its full size (Szegedy et al. 2015, "Going Deeper with Convolutions", 6, without its change of shape). */
export const crop: Augmentation = {
  name: 'crop',
  summary: 'shows a part of each image, wherever it lies, at the image’s full size',
  rows: ['image'],
  options: Type.Object(
    {
      least: Type.Number({
        default: 0.8,
        minimum: 0.1,
        exclusiveMaximum: 1,
        description: 'Least share of width and height that is shown',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ least }, { shape }) {
    const [height = 1, width = 1] = shape
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const share = random
        .uniform([batch])
        .mul(1 - (least as number))
        .add(least as number)
      // The part's middle is so far from the image's that it does not reach beyond the edge.
      const room = tf.sub(1, share)
      const right = signed(random, batch)
        .mul(room)
        .mul((width - 1) / 2)
      const down = signed(random, batch)
        .mul(room)
        .mul((height - 1) / 2)
      const zeros = tf.zeros([batch])
      return moved(tf, x, { matrix: { xx: share, xy: zeros, yx: zeros, yy: share }, offset: { right, down } })
    }
  },
}
