import { Type } from 'typebox'
import type { Augmentation } from './augmentation.js'
import { moved, signed } from './image-projections.js'

/** Images that are turned about their middle. */
export const rotate: Augmentation = {
  name: 'rotate',
  summary: 'turns images about their middle',
  rows: ['image'],
  options: Type.Object(
    {
      degrees: Type.Number({
        default: 10,
        exclusiveMinimum: 0,
        maximum: 180,
        description: 'At most, to either side',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ degrees }) {
    const most = ((degrees as number) * Math.PI) / 180
    return (x, { tf, random }) => {
      const angle = signed(random, x.shape[0] as number).mul(most)
      const [cosine, sine] = [angle.cos(), angle.sin()]
      return moved(tf, x, { matrix: { xx: cosine, xy: sine.neg(), yx: sine, yy: cosine } })
    }
  },
}
