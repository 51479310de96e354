import type { Family, Input, RowKind } from '../../contracts/family.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { networkInput } from '../train/network-input.js'

/**
 * The input that a family has for the rows of a version: as the version takes them where the family can, else the same
 * numbers laid out anew. Ids of tokens stay what they are.
 *
 * @throws FlywheelError specification-invalid when the family takes no such rows
 */
export function studentInput(family: Family, { shapes }: Pick<ModelManifest, 'shapes'>): Input {
  const [input] = shapes.inputs as readonly Input[]
  if (input === undefined) throw new TypeError('the version has no input')
  const rowKind = kindOf(input)
  if (family.rows.includes(rowKind)) return input
  const isNumbers = input.tokens === undefined
  const row = isNumbers
    ? { rowKind: 'vector' as const, shape: [sizeOfShape(input.shape)] }
    : { ...input, rowKind }
  return networkInput(family, { given: undefined, row })
}

const ofNumbers: readonly RowKind[] = ['vector', 'series', 'image']

function kindOf({ shape, tokens }: Input): RowKind {
  if (tokens === undefined) return ofNumbers[shape.length - 1] ?? 'image'
  return shape.length === 1 ? 'tokens' : 'bag'
}
