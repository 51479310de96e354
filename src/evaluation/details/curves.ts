import type { MetricContext } from '../../contracts/metric.js'
import type { Label } from '../../contracts/task.js'
import type { Details } from '../report/evaluation-schema.js'
import { type ScoreGroups, scoreGroups, totalOf } from '../scores/one-against-rest.js'

/** More curves than this can not be told apart. */
const MAX_CLASSES = 10
/** Points of a curve; a plot shows no more. */
const MAX_POINTS = 200

type Point = [number, number]

/** Receiver operating characteristic and precision over recall, for classes with rows of both sides. */
export function classCurves(
  context: MetricContext,
  classes: readonly Label[],
): NonNullable<Details['curves']> | undefined {
  const { units } = context
  if (units > MAX_CLASSES || context.yTrue.length === 0) return undefined
  const drawn = units === 2 ? [1] : classes.map((_, unit) => unit)
  return drawn.flatMap((unit) => {
    const groups = scoreGroups(context, unit)
    const positives = totalOf(groups.positives)
    const negatives = totalOf(groups.negatives)
    if (positives === 0 || negatives === 0) return []
    return [{ label: classes[unit] as Label, ...pointsOf(groups, { positives, negatives }) }]
  })
}

function pointsOf(groups: ScoreGroups, totals: { positives: number; negatives: number }) {
  const roc = new Set(spread(groups.length + 1))
  const precisionRecall = new Set(spread(groups.length))
  const points: { roc: Point[]; precisionRecall: Point[] } = { roc: [[0, 0]], precisionRecall: [] }
  let [hits, alarms] = [0, 0]
  for (let at = 0; at < groups.length; at++) {
    hits += groups.positives[at] as number
    alarms += groups.negatives[at] as number
    if (roc.has(at + 1)) points.roc.push([alarms / totals.negatives, hits / totals.positives])
    if (precisionRecall.has(at))
      points.precisionRecall.push([hits / totals.positives, hits / (hits + alarms)])
  }
  return points
}

/** At most `MAX_POINTS` of so many points, spread evenly, the first and the last among them. */
const spread = (count: number): number[] =>
  count <= MAX_POINTS
    ? Array.from({ length: count }, (_, at) => at)
    : Array.from({ length: MAX_POINTS }, (_, at) => Math.round((at * (count - 1)) / (MAX_POINTS - 1)))
