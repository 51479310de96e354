import type { MetricContext } from '../contracts/metric.js'
import type { Label, Scored, Task } from '../contracts/task.js'
import type { Metrics } from './catalogue.js'
import { classCurves } from './details/curves.js'
import { residualsOf } from './details/residuals.js'
import { metricValues } from './metric-values.js'
import type { Details, Evaluation } from './report/evaluation-schema.js'
import { classScores, confusionCounts } from './scores/confusion.js'
import { reliabilityBins } from './scores/reliability.js'
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
  const context = { ...scored, units }
  const own = metricValues(task.metrics, metrics, context)
  const others = metricValues(task.metrics, metrics, { ...context, outputs: trivial.outputs })
  return {
    rows,
    metrics: own.values,
    baseline: { predictor: trivial.predictor, metrics: others.values },
    undefinedMetrics: own.reasons,
    details: task.kind === 'classification' ? classDetails(context, classes) : regressionDetails(context),
  }
}

/** Targets in the unit of the metrics, from those that the network is trained on. */
export function inOwnUnit(encoded: Float64Array, scale?: { multiply: number; add: number }): Float64Array {
  return scale === undefined ? encoded : encoded.map((value) => value * scale.multiply + scale.add)
}

/** A confusion matrix of more classes than this is longer than anyone reads, and than a report should be. */
const MAX_CONFUSION_CLASSES = 100

function classDetails(context: MetricContext, classes: readonly Label[]): Details {
  const perClass = classScores(context).map((scores, index) => ({
    label: classes[index] as Label,
    ...scores,
  }))
  const curves = classCurves(context, classes)
  const details = {
    perClass,
    reliability: reliabilityBins(context),
    ...(curves === undefined ? {} : { curves }),
  }
  if (classes.length > MAX_CONFUSION_CLASSES) return details
  const counts = confusionCounts(context)
  const confusion = classes.map((_, index) => [
    ...counts.subarray(index * classes.length, (index + 1) * classes.length),
  ])
  return { ...details, confusionMatrix: { classes: [...classes], rowsAreTrueClasses: confusion } }
}

function regressionDetails(context: MetricContext): Details {
  const residuals = residualsOf(context)
  return residuals === undefined ? {} : { residuals }
}
