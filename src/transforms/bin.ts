import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapNumbers, quantileOf, sortedValues } from './columns/numbers.js'

const Options = Type.Object(
  {
    bins: Type.Integer({ default: 5, minimum: 2, maximum: 1000, description: 'How many ranges, at most' }),
    strategy: Type.Union([Type.Literal('quantile'), Type.Literal('uniform')], {
      default: 'quantile',
      description: 'quantile: the same number of training rows in each; uniform: the same width',
    }),
    encode: Type.Union([Type.Literal('one-hot'), Type.Literal('ordinal')], {
      default: 'one-hot',
      description:
        'one-hot: a column for each range, "<column>:bin-<number>"; ordinal: the number of the range, from 0, in place of the value',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface Binning {
  /** Where the second and every later range begins. */
  readonly starts: readonly number[]
  readonly missing: boolean
}
interface State {
  /** By column. */
  readonly binnings: readonly Binning[]
}

/** Quantiles nearer to each other than this are one, as in scikit-learn's KBinsDiscretizer. */
const NARROW = 1e-8

const bin = {
  name: 'bin',
  summary:
    'Sorts numbers into ranges. Values beyond the training range go to the first or the last one. With one-hot, missing values ' +
    'have "<column>:bin-(missing)" if the training rows had any, else they are all zeros; with ordinal they stay missing.',
  options: Options,
  accepts: 'numeric',
  fit: (columns, options) => ({
    binnings: columns.map(({ values }) => ({
      starts: startsOf(sortedValues(values), options),
      missing: values.some(Number.isNaN),
    })),
  }),
  apply: (columns, { binnings }, { encode }) =>
    columns.flatMap((column, index) => {
      const { starts, missing } = binnings[index] as Binning
      const places = mapNumbers(column, (value) => placeOf(value, starts))
      return encode === 'ordinal' ? [places] : indicators(places, { bins: starts.length + 1, missing })
    }),
} satisfies Transform<Options, State, NumericColumn>
export default bin

function startsOf(sorted: Float64Array, { bins, strategy }: Options): number[] {
  const [first, last] = [sorted[0], sorted.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  const inner = Array.from({ length: bins - 1 }, (_, at) => (at + 1) / bins)
  if (strategy === 'uniform') {
    const width = (last - first) / bins
    return inner.map((_, at) => first + (at + 1) * width)
  }
  const edges = [...inner.map((share) => quantileOf(sorted, share)), last]
  let before = first
  const kept = edges.filter((edge) => {
    const isApart = edge - before > NARROW
    before = edge
    return isApart
  })
  // The last edge ends the last range.
  return kept.slice(0, -1)
}

/** The number of ranges that begin at the value or below it, but for the first one. */
function placeOf(value: number, starts: readonly number[]): number {
  if (Number.isNaN(value)) return Number.NaN
  let from = 0
  let to = starts.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((starts[middle] as number) <= value) from = middle + 1
    else to = middle
  }
  return from
}

function indicators(
  { name, values }: NumericColumn,
  { bins, missing }: { bins: number; missing: boolean },
): NumericColumn[] {
  const labels = [...Array.from({ length: bins }, (_, at) => `${at}`), ...(missing ? ['(missing)'] : [])]
  return labels.map((label, at) => ({
    kind: 'numeric',
    name: `${name}:bin-${label}`,
    values: values.map((place) => ((Number.isNaN(place) ? bins : place) === at ? 1 : 0)),
  }))
}
