import type { Metric } from '../../contracts/metric.js'
import { predictedClasses } from '../scores/confusion.js'
import { finiteOr, meanOverRows } from '../scores/row-means.js'

const accuracy: Metric = {
  name: 'accuracy',
  summary: 'Share of the rows whose most probable class is the right one',
  kind: 'classification',
  direction: 'maximise',
  compute(context) {
    const predicted = predictedClasses(context, context.units)
    return finiteOr(meanOverRows(context, (row) => (predicted[row] === context.yTrue[row] ? 1 : 0)))
  },
}
export default accuracy
