import type { Metric } from '../../contracts/metric.js'
import { meanOverClasses, type ScoreGroups, totalOf } from '../scores/one-against-rest.js'

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
function averagePrecision({ length, positives, negatives }: ScoreGroups): number {
  const all = totalOf(positives)
  let [hits, taken, area] = [0, 0, 0]
  for (let group = 0; group < length; group++) {
    const own = positives[group] as number
    hits += own
    taken += own + (negatives[group] as number)
    if (own > 0) area += (own / all) * (hits / taken)
  }
  return area
}
