import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOverRows } from '../scores/row-means.js'

const logLoss: Metric = {
  name: 'log-loss',
  summary:
    'Mean negative logarithm of the probability that was given to the right class; probabilities are clipped to ' +
    'double precision’s epsilon, as in scikit-learn',
  kind: 'classification',
  direction: 'minimise',
  compute: (context) =>
    finiteOr(
      meanOverRows(context, (row) => {
        const { yTrue, outputs, units } = context
        const probability = outputs[row * units + (yTrue[row] as number)] as number
        return -Math.log(Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON))
      }),
    ),
}
export default logLoss
