import type { Metric } from '../../contracts/metric.js'
import { finiteOr, lackOfVariance, meanOf } from '../scores/row-means.js'

const explainedVariance: Metric = {
  name: 'explained-variance',
  summary: 'Share of the target’s variance that is explained, a constant error left aside: 1 is perfect',
  kind: 'regression',
  direction: 'maximise',
  compute(context) {
    const reason = lackOfVariance(context)
    if (reason !== undefined) return { value: null, reason }
    const mean = meanOf(context, (truth) => truth)
    const variance = meanOf(context, (truth) => (truth - mean) ** 2)
    const bias = meanOf(context, (truth, predicted) => truth - predicted)
    return finiteOr(1 - meanOf(context, (truth, predicted) => (truth - predicted - bias) ** 2) / variance)
  },
}
export default explainedVariance
