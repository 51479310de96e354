import type { Label } from '../../contracts/task.js'
import type { Report } from '../../evaluation/report.js'
import type { FittedData } from './prepare-data.js'

/** What only the values show. */
export function dataWarnings(data: FittedData): Report['warnings'] {
  return [...data.chain.training.warnings, ...classWarnings(data)]
}

/** The split, and steps that drop rows, may leave a class without any. */
function classWarnings({ task, state, split, learning, targets }: FittedData): Report['warnings'] {
  const [before, after] = [split.training, learning].map((rows) => {
    const present = new Set<number>()
    for (const row of rows) present.add(targets[row] as number)
    return present
  })
  const classes = task.classes(state)
  const never = classes.filter((_, index) => !before?.has(index))
  const dropped = classes.filter((_, index) => before?.has(index) && !after?.has(index))
  return [
    ...warningOf(never, {
      code: 'class-not-learnt',
      detail: 'the split leaves no training row of',
      remedy: 'Add rows, split in another way, or change evaluation.seed',
    }),
    ...warningOf(dropped, {
      code: 'class-dropped',
      detail: 'the steps that drop rows leave no training row of',
      remedy: 'Impute or clip in place of dropping, or drop by fewer columns',
    }),
  ]
}

const warningOf = (
  classes: readonly Label[],
  { detail, ...warning }: Report['warnings'][number],
): Report['warnings'] =>
  classes.length === 0
    ? []
    : [
        {
          ...warning,
          detail: `${detail} ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ` and ${classes.length - 5} more classes` : ''}`,
        },
      ]
