import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOf } from '../scores/row-means.js'

const mape: Metric = {
  name: 'mape',
  summary:
    'Mean absolute error as a share of the true value (0.1 is 10 %); undefined where a true value is 0',
  kind: 'regression',
  direction: 'minimise',
  compute(context) {
    const zeros = context.yTrue.filter((value, row) => value === 0 && context.weights?.[row] !== 0).length
    if (zeros > 0) return { value: null, reason: `${zeros} true values are 0` }
    return finiteOr(meanOf(context, (truth, predicted) => Math.abs((truth - predicted) / truth)))
  },
}
export default mape
