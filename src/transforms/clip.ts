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
    columns.map((column, at) => clipped(column, bounds[at] as Bounds, doubles)),
  applyColumn: (column, { at, state, doubles }) => [clipped(column, state.bounds[at] as Bounds, doubles)],
} satisfies Transform<BoundsOptions, State, NumericColumn>
export default clip

function clipped(
  { name, values }: NumericColumn,
  { minimum, maximum }: Bounds,
  doubles: Doubles,
): NumericColumn {
  const least = minimum ?? Number.NEGATIVE_INFINITY
  const most = maximum ?? Number.POSITIVE_INFINITY
  const out = doubles(values.length)
  for (let row = 0; row < out.length; row++) {
    const value = values[row] as number
    // A missing value is neither.
    if (value < least) out[row] = least
    else if (value > most) out[row] = most
    else out[row] = value
  }
  return { kind: 'numeric', name, values: out }
}
