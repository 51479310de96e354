import type { Evaluation, Label, MetricValue, Scored, Task } from '../contracts/task.js'
import type { Metrics } from './catalogue.js'
import { classScores, confusionCounts } from './scores/confusion.js'
import { type KnownTargets, majorityPredictor, meanPredictor } from './trivial-predictor.js'

export interface EvaluateOptions<State> {
  readonly task: Task<State>
  readonly state: State
  readonly metrics: Metrics
  readonly scored: Scored
  /** Targets in the unit of `scored.yTrue`: what the trivial predictor knows. */
  readonly known: KnownTargets
}

/** Scores a model's outputs with the task's metrics, and the trivial predictor beside it. */
export function evaluate<State>({ task, state, metrics, scored, known }: EvaluateOptions<State>): Evaluation {
  const { units } = task.head(state)
  const classes = task.classes(state)
  const rows = scored.yTrue.length
  const trivial =
    task.kind === 'classification' ? majorityPredictor(known, { rows, classes }) : meanPredictor(known, rows)
  const own = scoresOf(task.metrics, metrics, { ...scored, units })
  const others = scoresOf(task.metrics, metrics, { yTrue: scored.yTrue, outputs: trivial.outputs, units })
  return {
    rows,
    metrics: own.values,
    baseline: { predictor: trivial.predictor, metrics: others.values },
    undefinedMetrics: own.reasons,
    details: task.kind === 'classification' ? classDetails({ ...scored, units }, classes) : {},
  }
}

/** Targets in the unit of the metrics, from those that the network is trained on. */
export function inOwnUnit(encoded: Float64Array, scale?: { multiply: number; add: number }): Float64Array {
  return scale === undefined ? encoded : encoded.map((value) => value * scale.multiply + scale.add)
}

function scoresOf(names: readonly string[], metrics: Metrics, context: Scored & { units: number }) {
  const values: Record<string, MetricValue> = {}
  const reasons: Record<string, string> = {}
  for (const name of names) {
    const metric = metrics.get(name)
    if (metric === undefined) throw new Error(`the task names a metric that is not there: ${name}`)
    if (context.units < (metric.minClasses ?? 0)) continue
    const { value, reason } =
      context.yTrue.length === 0 ? { value: null, reason: 'there are no rows' } : metric.compute(context)
    values[name] = value
    if (value === null) reasons[name] = reason ?? 'it is undefined on these rows'
  }
  return { values, reasons }
}

/** A confusion matrix of more classes than this is longer than anyone reads, and than a report should be. */
const MAX_CONFUSION_CLASSES = 100

function classDetails(context: Scored & { units: number }, classes: readonly Label[]) {
  const perClass = classScores(context).map((scores, index) => ({ label: classes[index], ...scores }))
  if (classes.length > MAX_CONFUSION_CLASSES) return { perClass }
  const counts = confusionCounts(context)
  const confusion = classes.map((_, index) => [
    ...counts.subarray(index * classes.length, (index + 1) * classes.length),
  ])
  return { perClass, confusionMatrix: { classes, rowsAreTrueClasses: confusion } }
}
