import type { ColumnType } from '../../contracts/dataset.js'
import type { Label } from '../../contracts/task.js'
import type { PredictSpecification } from './request.js'

/** What a column of answers holds. */
export type AnswerPart =
  | { readonly holds: 'label' | 'value' | 'set' | 'lower' | 'upper' }
  | { readonly holds: 'probability'; readonly unit: number }

export type AnswerColumn = AnswerPart & {
  readonly name: string
  readonly type: Extract<ColumnType, 'boolean' | 'integer' | 'number' | 'category' | 'list'>
}

/**
 * The columns that hold a version's answers, in their order.
 *
 * @param options.classes in the order of the network's outputs; empty for a regression
 */
export function answerColumns({
  classes,
  prefix,
  probabilities,
  conformal,
}: { readonly classes: readonly Label[] } & Pick<
  PredictSpecification,
  'prefix' | 'probabilities' | 'conformal'
>): AnswerColumn[] {
  const number = (holds: 'value' | 'lower' | 'upper'): AnswerColumn => ({
    holds,
    name: `${prefix}${holds}`,
    type: 'number',
  })
  if (classes.length === 0) {
    return [number('value'), ...(conformal === null ? [] : [number('lower'), number('upper')])]
  }
  return [
    { holds: 'label', name: `${prefix}label`, type: typeOfLabels(classes) },
    ...(probabilities === 'none' ? [] : classes).map(
      (label, unit): AnswerColumn => ({
        holds: 'probability',
        unit,
        name: `${prefix}probability_${label}`,
        type: 'number',
      }),
    ),
    ...(conformal === null ? [] : [{ holds: 'set', name: `${prefix}set`, type: 'list' } as const]),
  ]
}

/** Labels are in a dataset of answers what they were in the one that was learnt. */
function typeOfLabels(classes: readonly Label[]): 'boolean' | 'integer' | 'number' | 'category' {
  if (classes.every((label) => typeof label === 'boolean')) return 'boolean'
  if (!classes.every((label) => typeof label === 'number')) return 'category'
  return classes.every(Number.isSafeInteger) ? 'integer' : 'number'
}
