import { FlywheelError } from '../../contracts/errors.js'
import type { Input } from '../../contracts/family.js'
import type { Chosen } from '../choice.js'
import { kindOf } from './augmentation.js'
import { augmentationNamed, augmentations } from './table.js'

/**
 * Refuses augmentations that are not for the network's input.
 *
 * @throws FlywheelError specification-invalid that names the entry
 */
export function checkAugmentations(chosen: readonly Chosen[], input: Pick<Input, 'shape' | 'tokens'>): void {
  const kind = kindOf(input)
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
