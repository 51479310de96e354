import { type TObject, Type } from 'typebox'
import { choiceSchema } from '../choice.js'
import type { Augmentation } from './augmentation.js'
import { brightness } from './brightness.js'
import { contrast } from './contrast.js'
import { crop } from './crop.js'
import { cutout } from './cutout.js'
import { flip } from './flip.js'
import { mixup } from './mixup.js'
import { noise } from './noise.js'
import { rotate } from './rotate.js'
import { scale } from './scale.js'
import { shift } from './shift.js'
import { wordDropout } from './word-dropout.js'
import { wordSwap } from './word-swap.js'

export const augmentations: readonly Augmentation[] = [
  noise,
  flip,
  rotate,
  scale,
  shift,
  crop,
  brightness,
  contrast,
  cutout,
  mixup,
  wordDropout,
  wordSwap,
]

const { properties } = choiceSchema(augmentations, 'One change')
const Entry: TObject = Type.Object(
  { ...properties, name: Type.Enum(augmentations.map(({ name }) => name)) },
  {
    additionalProperties: false,
    description: augmentations.map(({ name, summary }) => `${name}: ${summary}`).join('; '),
  },
)

/** What a request may give. */
export const AugmentationsRequest = Type.Array(Entry, {
  maxItems: 20,
  description:
    'Changes of the rows that are learnt from, one after the other, other at each step; rows that are validated, tested or served stay as they are. Default: none',
})

export function augmentationNamed(name: string): Augmentation {
  const found = augmentations.find((augmentation) => augmentation.name === name)
  if (found === undefined) throw new TypeError(`there is no augmentation ${name}`)
  return found
}
