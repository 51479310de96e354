import { FlywheelError } from '../../contracts/errors.js'
import type { Input } from '../../contracts/family.js'
import type { Chosen } from '../choice.js'
import { kindOf } from './augmentation.js'
import { mixup } from './mixup.js'
import { augmentationNamed, augmentations } from './table.js'

/** Rows that are mixed twice would need the losses of more than two. */
function refuseSecondMixup(chosen: readonly Chosen[]): void {
  const places = [...chosen.keys()].filter((index) => chosen[index]?.name === mixup.name)
  if (places.length < 2) return
  const path = `training.augmentation[${places[1]}].name`
  const expected = 'mixup once'
  throw new FlywheelError('specification-invalid', `${path}: expected ${expected}, received it again`, {
    errors: [{ path, expected, received: mixup.name }],
  })
}

/**
 * Refuses augmentations that are not for the network's input.
 *
 * @throws FlywheelError specification-invalid that names the entry
 */
export function checkAugmentations(chosen: readonly Chosen[], input: Pick<Input, 'shape' | 'tokens'>): void {
  const kind = kindOf(input)
  refuseSecondMixup(chosen)
  for (const [index, { name }] of chosen.entries()) {
    if (augmentationNamed(name).rows.includes(kind)) continue
    const path = `training.augmentation[${index}].name`
    const usable = augmentations.filter(({ rows }) => rows.includes(kind)).map((each) => each.name)
    const expected = `${usable.length > 0 ? `one of ${usable.join(', ')}` : 'none'} for a network over ${kind} rows`
    throw new FlywheelError('specification-invalid', `${path}: expected ${expected}, received ${name}`, {
      errors: [{ path, expected, received: name }],
    })
  }
}
