import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { rowsWhere } from '../datasets/rows-where.js'
import { type Bounds, BoundsOptions, boundsOf } from './columns/bounds.js'

interface State {
  /** By column. */
  readonly bounds: readonly Bounds[]
}

const dropOutliers = {
  name: 'drop-outliers',
  summary:
    'Leaves training rows out that have an outlier in any of the columns, by quantiles, the interquartile range or given ' +
    'bounds, and says in the report how many. A missing value is no outlier. Rows that are validated, tested or served stay.',
  options: BoundsOptions,
  accepts: 'numeric',
  fit: (columns, options) => ({ bounds: columns.map(({ values }) => boundsOf(values, options)) }),
  apply: (columns) => columns,
  trainingRows(columns, { bounds }, _options, { targets }) {
    const isOut = new Uint8Array(targets.length)
    for (const [index, { values }] of columns.entries()) {
      const own = bounds[index] as Bounds
      for (let row = 0; row < isOut.length; row++) if (isOutlier(values[row] as number, own)) isOut[row] = 1
    }
    return rowsWhere(isOut.length, (row) => isOut[row] === 0)
  },
} satisfies Transform<BoundsOptions, State, NumericColumn>
export default dropOutliers

const isOutlier = (value: number, { minimum, maximum }: Bounds): boolean =>
  (minimum !== null && value < minimum) || (maximum !== null && value > maximum)
