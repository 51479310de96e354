import type { Metric } from '../../contracts/metric.js'
import { meanOverClasses, type ScoreGroups } from '../scores/one-against-rest.js'

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
function areaUnderCurve({ length, positives, negatives }: ScoreGroups): number {
  let [ordered, positivesAbove, others] = [0, 0, 0]
  for (let group = 0; group < length; group++) {
    const [own, other] = [positives[group] as number, negatives[group] as number]
    ordered += other * (positivesAbove + own / 2)
    positivesAbove += own
    others += other
  }
  return ordered / (positivesAbove * others)
}
