import type { Metric } from '../../contracts/metric.js'

const rocAuc: Metric = {
  name: 'roc-auc',
  summary:
    'Probability that a row of a class is ranked above a row of another class; with more than two classes the mean ' +
    'over each class against the rest',
  kind: 'classification',
  direction: 'maximise',
  compute({ yTrue, outputs, units }) {
    const support = new Float64Array(units)
    for (let row = 0; row < yTrue.length; row++) {
      support[yTrue[row] as number] = (support[yTrue[row] as number] as number) + 1
    }
    const absent = support.filter((rows) => rows === 0).length
    if (absent > 0) return { value: null, reason: `${absent} of ${units} classes have no rows` }
    const ranked = units === 2 ? [1] : Array.from({ length: units }, (_, unit) => unit)
    let sum = 0
    for (const unit of ranked) {
      const scores = Float64Array.from(yTrue, (_, row) => outputs[row * units + unit] as number)
      sum += areaUnderCurve(scores, (row) => yTrue[row] === unit)
    }
    return { value: sum / ranked.length }
  },
}
export default rocAuc

/** The rank-sum statistic (Mann and Whitney 1947); equal scores share the mean of their ranks. */
function areaUnderCurve(scores: Float64Array, isPositive: (row: number) => boolean): number {
  const order = Uint32Array.from(scores, (_, row) => row)
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number))
  let positives = 0
  let rankSum = 0
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to++
    const rank = (from + 1 + to) / 2
    for (let at = from; at < to; at++) {
      if (!isPositive(order[at] as number)) continue
      positives++
      rankSum += rank
    }
    from = to
  }
  const negatives = order.length - positives
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}
