import type { MetricContext } from '../../contracts/metric.js'
import type { MetricValue } from '../../contracts/task.js'

/** Rows with one score: how much of the class, and how much of all others, has it. */
export interface ScoreGroup {
  readonly score: number
  readonly positives: number
  readonly negatives: number
}

/** The different scores of a class in descending order, each with the weights of the rows that have it. */
export function scoreGroups({ yTrue, outputs, units, weights }: MetricContext, unit: number): ScoreGroup[] {
  const scores = Float64Array.from(yTrue, (_, row) => outputs[row * units + unit] as number)
  const order = Uint32Array.from(scores, (_, row) => row)
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number))
  const groups: ScoreGroup[] = []
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from] as number] as number
    let [to, positives, negatives] = [from, 0, 0]
    for (; to < order.length && scores[order[to] as number] === score; to++) {
      const row = order[to] as number
      const weight = weights?.[row] ?? 1
      if (yTrue[row] === unit) positives += weight
      else negatives += weight
    }
    groups.push({ score, positives, negatives })
    from = to
  }
  return groups
}

/**
 * A figure of a class's scores: with two classes that of the second, with more the mean over each against the rest.
 * Undefined where a class has no rows.
 */
export function meanOverClasses(
  context: MetricContext,
  figure: (groups: readonly ScoreGroup[]) => number,
): { value: MetricValue; reason?: string } {
  const { yTrue, units, weights } = context
  const support = new Float64Array(units)
  for (let row = 0; row < yTrue.length; row++) {
    const unit = yTrue[row] as number
    support[unit] = (support[unit] as number) + (weights?.[row] ?? 1)
  }
  const absent = support.filter((rows) => rows === 0).length
  if (absent > 0) return { value: null, reason: `${absent} of ${units} classes have no rows` }
  const ranked = units === 2 ? [1] : Array.from({ length: units }, (_, unit) => unit)
  const figures = ranked.map((unit) => figure(scoreGroups(context, unit)))
  return { value: figures.reduce((sum, each) => sum + each, 0) / figures.length }
}
