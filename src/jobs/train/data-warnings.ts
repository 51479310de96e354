import type { Report } from '../../evaluation/report.js'
import type { PreparedData } from './prepare-data.js'

/** What only the values show. */
export function dataWarnings(data: PreparedData): Report['warnings'] {
  return [...mergedWarning(data), ...data.chain.training.warnings, ...lostClassWarning(data)]
}

/** Steps that drop rows may leave a class without any. */
function lostClassWarning({ task, state, split, learning, targets }: PreparedData): Report['warnings'] {
  const [before, after] = [split.training, learning].map(
    (rows) => new Set(Array.from(rows, (row) => targets[row])),
  )
  const lost = task.classes(state).filter((_, index) => before?.has(index) && !after?.has(index))
  if (lost.length === 0) return []
  return [
    {
      code: 'class-dropped',
      detail: `the steps that drop rows leave no training row of ${lost.slice(0, 5).join(', ')}${lost.length > 5 ? ` and ${lost.length - 5} more classes` : ''}`,
      remedy: 'Impute or clip in place of dropping, or drop by fewer columns',
    },
  ]
}

function mergedWarning({ state, task }: PreparedData): Report['warnings'] {
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
