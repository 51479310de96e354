import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOf } from '../scores/row-means.js'

const mae: Metric = {
  name: 'mae',
  summary: 'Mean absolute error, in the unit of the target',
  kind: 'regression',
  direction: 'minimise',
  compute: (context) => finiteOr(meanOf(context, (truth, predicted) => Math.abs(truth - predicted))),
}
export default mae
