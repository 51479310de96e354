import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { moved, signed } from './image-projections.js'

/** Images that are moved to a side. */
export const shift: Augmentation = {
  name: 'shift',
  summary: 'moves images sideways, up and down; what comes in is as the edge was',
  rows: ['image'],
  options: Type.Object(
    {
      distance: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 0.9,
        description: 'At most, as a share of width and height',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ distance }, { shape }) {
    const [height = 1, width = 1] = shape
    return (x, { tf, random }) => {
      const batch = x.shape[0] as number
      const right = signed(random, batch).mul((distance as number) * width)
      const down = signed(random, batch).mul((distance as number) * height)
      return moved(tf, x, { offset: { right, down } })
    }
  },
}
