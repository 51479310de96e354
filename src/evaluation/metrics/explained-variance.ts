import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOf } from '../scores/row-means.js'

const explainedVariance: Metric = {
  name: 'explained-variance',
  summary: 'Share of the target’s variance that is explained, a constant error left aside: 1 is perfect',
  kind: 'regression',
  direction: 'maximise',
  compute(context) {
    if (context.yTrue.length < 2) return { value: null, reason: 'it takes at least two rows' }
    const mean = meanOf(context, (truth) => truth)
    const variance = meanOf(context, (truth) => (truth - mean) ** 2)
    if (variance === 0) return { value: null, reason: 'all true values are equal' }
    const bias = meanOf(context, (truth, predicted) => truth - predicted)
    return finiteOr(1 - meanOf(context, (truth, predicted) => (truth - predicted - bias) ** 2) / variance)
  },
}
export default explainedVariance
