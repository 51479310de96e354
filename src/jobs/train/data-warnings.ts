import type { Label } from '../../contracts/task.js'
import type { Report } from '../../evaluation/report.js'
import type { FittedData } from './prepare-data.js'

/** What only the values show. */
export function dataWarnings(data: FittedData): Report['warnings'] {
  return [...mergedWarning(data), ...data.chain.training.warnings, ...classWarnings(data)]
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

function mergedWarning({ state, task }: FittedData): Report['warnings'] {
  const { merged = [] } = task.kind === 'classification' ? (state as { merged?: MergedSpelling[] }) : {}
  if (merged.length === 0) return []
  const rows = merged.reduce((sum, spelling) => sum + spelling.rows, 0)
  const first = merged
    .slice(0, 5)
    .map(({ label, into }) => `${JSON.stringify(label)} as ${JSON.stringify(into)}`)
  return [
    {
      code: 'labels-merged',
      detail: `${merged.length} spellings of labels (${rows} rows) count as a more frequent one: ${first.join(', ')}`,
      remedy: 'Nothing, or write labels that differ in more than case, outer spaces or a final full stop',
    },
  ]
}
interface MergedSpelling {
  readonly label: unknown
  readonly into: unknown
  readonly rows: number
}
