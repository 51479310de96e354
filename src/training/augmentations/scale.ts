import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { moved, signed } from './image-projections.js'

/** Images that come nearer or go farther away. */
export const scale: Augmentation = {
  name: 'scale',
  summary: 'enlarges images or makes them smaller, about their middle',
  rows: ['image'],
  options: Type.Object(
    {
      zoom: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 0.9,
        description: 'At most: 0.1 makes images 0.9 to 1.1 times as large',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ zoom }) {
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const shrunk = tf.div(
        1,
        signed(random, batch)
          .mul(zoom as number)
          .add(1),
      )
      const zeros = tf.zeros([batch])
      return moved(tf, x, { matrix: { xx: shrunk, xy: zeros, yx: zeros, yy: shrunk } })
    }
  },
}
