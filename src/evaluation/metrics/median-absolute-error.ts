import type { Metric } from '../../contracts/metric.js'
import { finiteOr } from '../scores/row-means.js'

const medianAbsoluteError: Metric = {
  name: 'median-absolute-error',
  summary:
    'Half of the rows have a smaller absolute error, in the unit of the target; outliers do not move it',
  kind: 'regression',
  direction: 'minimise',
  compute({ yTrue, outputs, weights }) {
    const errors = yTrue.map((truth, row) => Math.abs(truth - (outputs[row] as number)))
    if (weights === undefined) return finiteOr(weightedMedian(errors.sort(), () => 1))
    const order = Uint32Array.from(errors, (_, row) => row).filter((row) => (weights[row] as number) > 0)
    order.sort((a, b) => (errors[a] as number) - (errors[b] as number))
    const ascending = Float64Array.from(order, (row) => errors[row] as number)
    return finiteOr(weightedMedian(ascending, (at) => weights[order[at] as number] as number))
  },
}
export default medianAbsoluteError

/** The mean of the two errors in the middle, where half of the weight lies exactly below the upper one. */
function weightedMedian(ascending: Float64Array, weightAt: (at: number) => number): number {
  let half = 0
  for (let at = 0; at < ascending.length; at++) half += weightAt(at) / 2
  let below = 0
  for (let at = 0; at < ascending.length; at++) {
    const error = ascending[at] as number
    below += weightAt(at)
    if (below < half) continue
    const next = ascending[at + 1] ?? error
    return below - half > Number.EPSILON ? error : (error + next) / 2
  }
  return Number.NaN
}
