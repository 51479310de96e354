import type { MetricContext } from '../../contracts/metric.js'
import type { MetricValue } from '../../contracts/task.js'

/** The different scores of a class: groups of rows that have one score. */
export interface ScoreGroups {
  readonly length: number
  /** [groups], descending */
  readonly scores: Float64Array
  /** [groups]: how much of the class has the score, rows or their weight. */
  readonly positives: Float64Array
  /** [groups]: how much of all others has it. */
  readonly negatives: Float64Array
}

/** The different scores of a class in descending order, each with the weights of the rows that have it. */
export function scoreGroups({ yTrue, outputs, units, weights }: MetricContext, unit: number): ScoreGroups {
  const rows = yTrue.length
  const own = new Float64Array(rows)
  for (let row = 0; row < rows; row++) own[row] = outputs[row * units + unit] as number
  const descending = own.slice().sort().reverse()
  let length = 0
  for (let at = 0; at < rows; at++) {
    const score = descending[at] as number
    if (length === 0 || score !== descending[length - 1]) descending[length++] = score
  }
  const scores = descending.subarray(0, length)
  const positives = new Float64Array(length)
  const negatives = new Float64Array(length)
  for (let row = 0; row < rows; row++) {
    const group = placeOf(own[row] as number, scores)
    const side = yTrue[row] === unit ? positives : negatives
    side[group] = (side[group] as number) + (weights?.[row] ?? 1)
  }
  return { length, scores, positives, negatives }
}

/** Where a value stands among descending ones that hold it. */
function placeOf(value: number, descending: Float64Array): number {
  let from = 0
  let to = descending.length - 1
  while (from < to) {
    const middle = (from + to) >> 1
    if ((descending[middle] as number) > value) from = middle + 1
    else to = middle
  }
  return from
}

/** The sum over all groups. */
export function totalOf(weights: Float64Array): number {
  let sum = 0
  for (let group = 0; group < weights.length; group++) sum += weights[group] as number
  return sum
}

/**
 * A figure of a class's scores: with two classes that of the second, with more the mean over each against the rest.
 * Undefined where a class has no rows.
 */
export function meanOverClasses(
  context: MetricContext,
  figure: (groups: ScoreGroups) => number,
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
