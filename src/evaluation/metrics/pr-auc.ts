import type { Metric } from '../../contracts/metric.js'
import { meanOverClasses, type ScoreGroup } from '../scores/one-against-rest.js'

const prAuc: Metric = {
  name: 'pr-auc',
  summary:
    'Area under the curve of precision over recall as steps (average precision); with more than two classes the mean ' +
    'over each class against the rest',
  kind: 'classification',
  direction: 'maximise',
  compute: (context) => meanOverClasses(context, averagePrecision),
}
export default prAuc

/** Σ (Rₙ − Rₙ₋₁) Pₙ over the different scores, without interpolation: scikit-learn's average_precision_score. */
function averagePrecision(groups: readonly ScoreGroup[]): number {
  const positives = groups.reduce((sum, group) => sum + group.positives, 0)
  let [hits, taken, area] = [0, 0, 0]
  for (const group of groups) {
    hits += group.positives
    taken += group.positives + group.negatives
    if (group.positives > 0) area += (group.positives / positives) * (hits / taken)
  }
  return area
}
