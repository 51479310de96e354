import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOf } from '../scores/row-means.js'

const r2: Metric = {
  name: 'r2',
  summary: 'Share of the target’s variance that is explained: 1 is perfect, 0 is the mean of these rows',
  kind: 'regression',
  direction: 'maximise',
  compute(context) {
    if (context.yTrue.length < 2) return { value: null, reason: 'it takes at least two rows' }
    const mean = meanOf(context, (truth) => truth)
    const variance = meanOf(context, (truth) => (truth - mean) ** 2)
    if (variance === 0) return { value: null, reason: 'all true values are equal' }
    return finiteOr(1 - meanOf(context, (truth, predicted) => (truth - predicted) ** 2) / variance)
  },
}
export default r2
