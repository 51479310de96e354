import type { Metric } from '../../contracts/metric.js'
import { meanOverClasses, type ScoreGroup } from '../scores/one-against-rest.js'

const rocAuc: Metric = {
  name: 'roc-auc',
  summary:
    'Probability that a row of a class is ranked above a row of another class; with more than two classes the mean ' +
    'over each class against the rest',
  kind: 'classification',
  direction: 'maximise',
  compute: (context) => meanOverClasses(context, areaUnderCurve),
}
export default rocAuc

/** Pairs of a positive and a negative row in the right order, ties counting half (Mann and Whitney 1947). */
function areaUnderCurve(groups: readonly ScoreGroup[]): number {
  let [ordered, positivesAbove, negatives] = [0, 0, 0]
  for (const group of groups) {
    ordered += group.negatives * (positivesAbove + group.positives / 2)
    positivesAbove += group.positives
    negatives += group.negatives
  }
  return ordered / (positivesAbove * negatives)
}
