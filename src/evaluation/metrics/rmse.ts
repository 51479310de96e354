import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOf } from '../scores/row-means.js'

const rmse: Metric = {
  name: 'rmse',
  summary: 'Root of the mean squared error, in the unit of the target',
  kind: 'regression',
  direction: 'minimise',
  compute: (context) => finiteOr(Math.sqrt(meanOf(context, (truth, predicted) => (truth - predicted) ** 2))),
}
export default rmse
