import type { Metric } from '../../contracts/metric.js'
import { finiteOr, lackOfVariance, meanOf } from '../scores/row-means.js'

const r2: Metric = {
  name: 'r2',
  summary: 'Share of the target’s variance that is explained: 1 is perfect, 0 is the mean of these rows',
  kind: 'regression',
  direction: 'maximise',
  compute(context) {
    const reason = lackOfVariance(context)
    if (reason !== undefined) return { value: null, reason }
    const mean = meanOf(context, (truth) => truth)
    const variance = meanOf(context, (truth) => (truth - mean) ** 2)
    return finiteOr(1 - meanOf(context, (truth, predicted) => (truth - predicted) ** 2) / variance)
  },
}
export default r2
