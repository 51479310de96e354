import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { FitContext, Transform } from '../contracts/transform.js'
import { rowsWhere } from '../datasets/rows-where.js'
import { valuesAt } from '../datasets/values-at.js'
import { momentsOf } from './columns/numbers.js'
import { chiSquared, fScore, mutualInformation, type Scored } from './columns/scores.js'
import { unfit } from './columns/unfit.js'

const Options = Type.Union(
  [
    Type.Object(
      {
        method: Type.Literal('variance', {
          default: 'variance',
          description: 'Keeps the columns whose values differ enough; it looks at no target',
        }),
        threshold: Type.Number({
          default: 0,
          minimum: 0,
          description: 'Columns whose variance over the training rows is not above it are left out',
        }),
      },
      { additionalProperties: false, title: 'by variance' },
    ),
    Type.Object(
      {
        method: Type.Literal('top-k', { description: 'Keeps the columns that tell most about the target' }),
        k: Type.Integer({ default: 10, minimum: 1, maximum: 10_000, description: 'How many, at most' }),
        score: Type.Union([Type.Literal('mutual-information'), Type.Literal('f'), Type.Literal('chi2')], {
          default: 'mutual-information',
          description:
            'mutual-information finds any relation, and counts numbers by their tenths; f: analysis of variance, linear for ' +
            'regressions; chi2: for counts, classes alone',
        }),
      },
      { additionalProperties: false, title: 'the best k' },
    ),
  ],
  { default: { method: 'variance', threshold: 0 } },
)
type Options = Static<typeof Options>
type TopK = Extract<Options, { method: 'top-k' }>

interface State {
  /** Places of the columns that stay, ascending. */
  readonly kept: readonly number[]
}

const select = {
  name: 'select',
  summary:
    'Leaves columns out that say little: those that hardly vary, or all but the k that tell most about the target in the ' +
    'training rows. The others pass as they are. Which stay is known after training only: later steps name them by a pattern.',
  options: Options,
  accepts: 'numeric',
  needsTargets: ({ method }) => method === 'top-k',
  fit(columns, options, context) {
    const kept =
      options.method === 'variance' ? varied(columns, options.threshold) : best(columns, options, context)
    if (kept.length > 0) return { kept }
    throw unfit('options.threshold', 'one that leaves some column', options)
  },
  apply: (columns, { kept }) => kept.map((index) => columns[index] as NumericColumn),
} satisfies Transform<Options, State, NumericColumn>
export default select

const varied = (columns: readonly NumericColumn[], threshold: number): number[] =>
  [...columns.keys()].filter((index) => {
    const { values } = columns[index] as NumericColumn
    const known = values.filter((value) => !Number.isNaN(value))
    // A constant column's variance may be rounding.
    return known.some((value) => value !== known[0]) && (momentsOf(known)?.deviation ?? 0) ** 2 > threshold
  })

function best(columns: readonly NumericColumn[], { k, score }: TopK, context: FitContext): number[] {
  const scores = columns.map((column) => scoreOf(column, score, context))
  const order = [...columns.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
  return order.slice(0, k).sort((a, b) => a - b)
}

/** Undefined scores come last. */
function scoreOf(column: NumericColumn, score: TopK['score'], { targets, classes }: FitContext): number {
  const { values } = column
  if (score === 'mutual-information') return mutualInformation({ values, targets, classes })
  const rows = rowsWhere(targets.length, (row) => !Number.isNaN(values[row]))
  const known: Scored = {
    values: valuesAt(values, rows),
    targets: valuesAt(targets, rows),
    classes,
  }
  if (score === 'chi2') {
    if (classes === 0)
      throw unfit('options.score', 'mutual-information or f, since a regression has no classes', score)
    if (known.values.some((value) => value < 0)) {
      throw unfit('columns', 'columns without negative values for chi2', column.name)
    }
  }
  const value = score === 'chi2' ? chiSquared(known) : fScore(known)
  return Number.isNaN(value) ? -1 : value
}
