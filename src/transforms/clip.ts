import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { type Bounds, BoundsOptions, boundsOf } from './columns/bounds.js'
import { mapNumbers } from './columns/numbers.js'

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
  apply: (columns, { bounds }) =>
    columns.map((column, index) => mapNumbers(column, clippedTo(bounds[index] as Bounds))),
  numberMap: (column, { bounds }) => clippedTo(bounds[column] as Bounds),
} satisfies Transform<BoundsOptions, State, NumericColumn>
export default clip

function clippedTo({ minimum, maximum }: Bounds): (value: number) => number {
  return (value) => {
    if (minimum !== null && value < minimum) return minimum
    return maximum !== null && value > maximum ? maximum : value
  }
}
