import type { Metric } from '../../contracts/metric.js'

const logLoss: Metric = {
  name: 'log-loss',
  summary:
    'Mean negative logarithm of the probability that was given to the right class; probabilities are clipped to ' +
    'double precision’s epsilon, as in scikit-learn',
  kind: 'classification',
  direction: 'minimise',
  compute({ yTrue, outputs, units }) {
    if (yTrue.length === 0) return { value: null, reason: 'there are no rows' }
    let sum = 0
    for (let row = 0; row < yTrue.length; row++) {
      const probability = outputs[row * units + (yTrue[row] as number)] as number
      sum -= Math.log(Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON))
    }
    return { value: sum / yTrue.length }
  },
}
export default logLoss
