import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOverRows } from '../scores/row-means.js'

const brier: Metric = {
  name: 'brier',
  summary:
    'Mean squared error of the probabilities, summed over the classes; with two classes that of the second one alone, ' +
    'as in scikit-learn',
  kind: 'classification',
  direction: 'minimise',
  compute(context) {
    const { yTrue, outputs, units } = context
    const mean = meanOverRows(context, (row) => {
      let sum = 0
      for (let unit = 0; unit < units; unit++) {
        sum += ((outputs[row * units + unit] as number) - (unit === yTrue[row] ? 1 : 0)) ** 2
      }
      return sum
    })
    return finiteOr(units === 2 ? mean / 2 : mean)
  },
}
export default brier
