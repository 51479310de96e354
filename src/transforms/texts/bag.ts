import { Type } from 'typebox'
import type { TensorColumn, TextColumn } from '../../contracts/table.js'
import type { TransformWarning } from '../../contracts/transform.js'
import { textBlocks, textsOf } from './rows.js'

/** The terms of a text by their ids, each once, in ascending order, and their weights. */
export interface Bag {
  readonly ids: readonly number[]
  readonly weights: readonly number[]
}

export const bagLength = Type.Integer({
  default: 1024,
  minimum: 1,
  maximum: 65_536,
  description:
    'Most terms of a row, of which those with the largest weights stay; fewer where no training text has as many',
})

/** Places that the training texts need, at most `length` and at least one. */
export function lengthFor(
  column: TextColumn,
  { length, bagOf }: { length: number; bagOf: (text: string) => Bag },
): number {
  let most = 1
  for (const { text } of textsOf(column)) {
    most = Math.max(most, bagOf(text).ids.length)
    if (most >= length) return length
  }
  return most
}

/** Ids and weights of each row, [2, length]; a weight of 0 fills up. */
export function bagColumn(
  column: TextColumn,
  { length, tokens, bagOf }: { length: number; tokens: number; bagOf: (text: string) => Bag },
): TensorColumn {
  const values = textBlocks(column, {
    size: 2 * length,
    write(text, block) {
      const { ids, weights } = largest(bagOf(text), length)
      block.set(ids)
      block.set(weights, length)
    },
  })
  return { kind: 'tensor', name: column.name, rowKind: 'bag', shape: [2, length], tokens, values }
}

/** The terms with the largest weights, of equal ones those with the lower ids; still by their ids. */
function largest(bag: Bag, length: number): Bag {
  const { ids, weights } = bag
  if (ids.length <= length) return bag
  const sizeAt = (at: number): number => Math.abs(weights[at] as number)
  const kept = ids
    .map((_, at) => at)
    .sort((a, b) => sizeAt(b) - sizeAt(a) || a - b)
    .slice(0, length)
    .sort((a, b) => a - b)
  return { ids: kept.map((at) => ids[at] as number), weights: kept.map((at) => weights[at] as number) }
}

/** What is to be said where no term is left. */
export function emptyVocabulary(column: string, terms: number): TransformWarning[] {
  if (terms > 0) return []
  return [
    {
      code: 'vocabulary-empty',
      detail: `no term of ${column} stands in as many training rows as minRows asks for: every text looks the same`,
      remedy: 'Lower minRows, or try the analyzer char-wb',
    },
  ]
}
