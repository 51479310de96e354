import type { Metric } from '../../contracts/metric.js'
import { finiteOr } from '../scores/row-means.js'

const medianAbsoluteError: Metric = {
  name: 'median-absolute-error',
  summary:
    'Half of the rows have a smaller absolute error, in the unit of the target; outliers do not move it',
  kind: 'regression',
  direction: 'minimise',
  compute({ yTrue, outputs, weights }) {
    const errors = Array.from(yTrue, (truth, row) => ({
      error: Math.abs(truth - (outputs[row] as number)),
      weight: weights?.[row] ?? 1,
    })).filter(({ weight }) => weight > 0)
    errors.sort((a, b) => a.error - b.error)
    return finiteOr(weightedMedian(errors))
  },
}
export default medianAbsoluteError

/** The mean of the two errors in the middle, where half of the weight lies exactly below the upper one. */
function weightedMedian(ascending: readonly { readonly error: number; readonly weight: number }[]): number {
  const half = ascending.reduce((sum, { weight }) => sum + weight, 0) / 2
  let below = 0
  for (const [at, { error, weight }] of ascending.entries()) {
    below += weight
    if (below < half) continue
    const next = ascending[at + 1]?.error ?? error
    return below - half > Number.EPSILON ? error : (error + next) / 2
  }
  return Number.NaN
}
