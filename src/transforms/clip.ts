import type { Doubles, NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { newDoubles } from '../datasets/columns/doubles.js'
import { type Bounds, BoundsOptions, boundsOf } from './columns/bounds.js'

interface State {
  /** By column. */
  readonly bounds: readonly Bounds[]
}

const clip = {
  name: 'clip',
  summary:
    'Brings outliers to the nearest usual value, which the training rows say by quantiles or the interquartile range, or ' +
    'the job itself. Missing values stay missing.',
  options: BoundsOptions,
  accepts: 'numeric',
  fit: (columns, options) => ({ bounds: columns.map(({ values }) => boundsOf(values, options)) }),
  apply: (columns, { bounds }, _options?: BoundsOptions, doubles: Doubles = newDoubles) =>
    columns.map((column, at) => clipped(column, rangeOf(bounds[at] as Bounds), doubles)),
  applyColumn: (column, { at, state, doubles }) => [
    clipped(column, rangeOf(state.bounds[at] as Bounds), doubles),
  ],
  numberMap(column, { bounds }) {
    const range = rangeOf(bounds[column] as Bounds)
    return (value) => within(value, range)
  },
} satisfies Transform<BoundsOptions, State, NumericColumn>
export default clip

interface Range {
  readonly least: number
  readonly most: number
}

const rangeOf = ({ minimum, maximum }: Bounds): Range => ({
  least: minimum ?? Number.NEGATIVE_INFINITY,
  most: maximum ?? Number.POSITIVE_INFINITY,
})

function clipped({ name, values }: NumericColumn, range: Range, doubles: Doubles): NumericColumn {
  const out = doubles(values.length)
  for (let row = 0; row < out.length; row++) out[row] = within(values[row] as number, range)
  return { kind: 'numeric', name, values: out }
}

/** A missing value is neither below nor above. */
function within(value: number, { least, most }: Range): number {
  if (value < least) return least
  return value > most ? most : value
}
