import type { MetricContext } from '../../contracts/metric.js'
import type { MetricValue, Scored } from '../../contracts/task.js'

/** Index of the most probable class of each row; the first of equal ones. */
export function predictedClasses({ outputs, yTrue }: Scored, units: number): Int32Array {
  return Int32Array.from(yTrue, (_, row) => mostProbable(outputs, { start: row * units, units }))
}

/** As {@link predictedClasses}, of the row whose outputs begin at `start`. */
export function mostProbable(
  outputs: Float32Array | Float64Array,
  { start, units }: { start: number; units: number },
): number {
  let best = 0
  for (let unit = 1; unit < units; unit++) {
    if ((outputs[start + unit] as number) > (outputs[start + best] as number)) best = unit
  }
  return best
}

/** Rows, or their weights, by true class (first index) and predicted class (second index): [units, units], row-major. */
export function confusionCounts({ units, weights, ...scored }: MetricContext): Float64Array {
  const counts = new Float64Array(units * units)
  const predicted = predictedClasses(scored, units)
  for (let row = 0; row < predicted.length; row++) {
    const at = (scored.yTrue[row] as number) * units + (predicted[row] as number)
    counts[at] = (counts[at] as number) + (weights?.[row] ?? 1)
  }
  return counts
}

export interface ClassScores {
  /** Rows of the class, or their weight. */
  readonly support: number
  /** Rows that were taken for the class, or their weight. */
  readonly predicted: number
  /** Null where no row was taken for the class. */
  readonly precision: MetricValue
  /** Null where the class has no rows. */
  readonly recall: MetricValue
  /** Null where both are zero. */
  readonly f1: MetricValue
}

/** Precision, recall and F1 of each class against all others. */
export function classScores(context: MetricContext): ClassScores[] {
  const { units } = context
  const counts = confusionCounts(context)
  return Array.from({ length: units }, (_, unit) => {
    let support = 0
    let predicted = 0
    for (let other = 0; other < units; other++) {
      support += counts[unit * units + other] as number
      predicted += counts[other * units + unit] as number
    }
    const hits = counts[unit * units + unit] as number
    return {
      support,
      predicted,
      precision: predicted > 0 ? hits / predicted : null,
      recall: support > 0 ? hits / support : null,
      f1: support + predicted > 0 ? (2 * hits) / (support + predicted) : null,
    }
  })
}
