import type { MetricContext } from '../../contracts/metric.js'
import type { Label, Prediction, Scored } from '../../contracts/task.js'
import { mostProbable } from '../scores/confusion.js'
import { scoreGroups, totalOf } from '../scores/one-against-rest.js'

/** What wrong answers cost, in any unit; the positive class is the second of two. */
export interface Costs {
  /** The second class is answered, and the first is right. */
  readonly falsePositive: number
  /** The first class is answered, and the second is right. */
  readonly falseNegative: number
}

/**
 * The probability of the second class from which on it is answered, so that the rows' errors cost least. Thresholds lie
 * in the middle between neighbouring probabilities, or at falsePositive / (falsePositive + falseNegative) where that is
 * between them: the best one for calibrated probabilities (Elkan 2001). Of equally good ones the nearest to that is taken.
 *
 * @param context rows of two classes
 */
export function chooseThreshold(context: MetricContext, { falsePositive, falseNegative }: Costs): number {
  const { length, scores, positives, negatives } = scoreGroups(context, 1)
  const usual = falsePositive / (falsePositive + falseNegative)
  let cost = totalOf(positives) * falseNegative
  const highest = scores[0] ?? 0
  let best = { cost, threshold: nearest(usual, { above: highest, upTo: 1 + 2 * Number.EPSILON }) }
  for (let at = 0; at < length; at++) {
    cost += (negatives[at] as number) * falsePositive - (positives[at] as number) * falseNegative
    const threshold = nearest(usual, { above: scores[at + 1] ?? 0, upTo: scores[at] as number })
    const isNearer = Math.abs(threshold - usual) < Math.abs(best.threshold - usual)
    if (cost < best.cost || (cost === best.cost && isNearer)) best = { cost, threshold }
  }
  return best.threshold
}

/** The usual threshold where it lies between these probabilities, else the middle of them. */
const nearest = (usual: number, { above, upTo }: { above: number; upTo: number }): number =>
  usual > above && usual <= upTo ? usual : (above + upTo) / 2

/** [rows]: the classes as they are answered. */
export function answeredClasses(
  { yTrue, outputs }: Scored,
  { units, threshold }: { units: number; threshold: number | undefined },
): Int32Array {
  return Int32Array.from(yTrue, (_, row) => answeredClass(outputs, { start: row * units, units, threshold }))
}

/**
 * The class that is answered for one row: the second of two from the threshold on; without one the most probable, the first
 * of equal ones.
 *
 * @param row its `units` outputs begin at `start`
 */
export function answeredClass(
  outputs: Float32Array | Float64Array,
  { start, units, threshold }: { start: number; units: number; threshold: number | undefined },
): number {
  if (threshold === undefined) return mostProbable(outputs, { start, units })
  return (outputs[start + 1] as number) >= threshold ? 1 : 0
}

/** Predictions of two classes with their labels by a threshold; the probabilities stay. */
export const decided = (
  predictions: readonly Prediction[],
  { outputs, classes, threshold }: { outputs: Float64Array; classes: readonly Label[]; threshold: number },
): readonly Prediction[] =>
  predictions.map((prediction, row) => {
    const isSecond = (outputs[row * classes.length + 1] as number) >= threshold
    return 'label' in prediction ? { ...prediction, label: classes[isSecond ? 1 : 0] as Label } : prediction
  })
