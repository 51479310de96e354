import type { MetricContext } from '../../contracts/metric.js'
import type { Label } from '../../contracts/task.js'
import type { Details } from '../report/evaluation-schema.js'
import { type ScoreGroup, scoreGroups } from '../scores/one-against-rest.js'

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
    const positives = groups.reduce((sum, group) => sum + group.positives, 0)
    const negatives = groups.reduce((sum, group) => sum + group.negatives, 0)
    if (positives === 0 || negatives === 0) return []
    return [{ label: classes[unit] as Label, ...pointsOf(groups, { positives, negatives }) }]
  })
}

function pointsOf(groups: readonly ScoreGroup[], totals: { positives: number; negatives: number }) {
  const roc: Point[] = [[0, 0]]
  const precisionRecall: Point[] = []
  let [hits, alarms] = [0, 0]
  for (const group of groups) {
    hits += group.positives
    alarms += group.negatives
    roc.push([alarms / totals.negatives, hits / totals.positives])
    precisionRecall.push([hits / totals.positives, hits / (hits + alarms)])
  }
  return { roc: thinned(roc), precisionRecall: thinned(precisionRecall) }
}

/** At most `MAX_POINTS`, spread evenly, the first and the last among them. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= MAX_POINTS) return [...points]
  return Array.from(
    { length: MAX_POINTS },
    (_, at) => points[Math.round((at * (points.length - 1)) / (MAX_POINTS - 1))] as Point,
  )
}
