import type { Metric } from '../../contracts/metric.js'
import { classScores } from '../scores/confusion.js'

const balancedAccuracy: Metric = {
  name: 'balanced-accuracy',
  summary:
    'Mean over the classes of the share of their rows that is answered rightly: rare classes count alike',
  kind: 'classification',
  direction: 'maximise',
  compute(context) {
    const recalls = classScores(context).flatMap(({ recall }) => (recall === null ? [] : [recall]))
    if (recalls.length === 0) return { value: null, reason: 'there are no rows' }
    return { value: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length }
  },
}
export default balancedAccuracy
