import type { MetricContext } from '../../contracts/metric.js'
import type { Calibration } from '../../contracts/model-manifest.js'
import type { Label, MetricValue } from '../../contracts/task.js'
import type { Metrics } from '../catalogue.js'
import type { CalibrationReport } from '../report/calibration-schema.js'
import { conformalScores } from './conformal.js'
import { atTemperature, fitTemperature } from './temperature.js'
import { answeredClasses, type Costs, chooseThreshold } from './threshold.js'

/** Fewer rows say too little: a temperature would fit their noise. */
const MIN_TEMPERATURE_ROWS = 100

export interface CalibrateOptions {
  /** Validation rows, answered at temperature 1. */
  readonly scored: Pick<MetricContext, 'yTrue' | 'outputs'>
  readonly units: number
  /** In output order; empty for regression. */
  readonly classes: readonly Label[]
  readonly costs: Costs | undefined
  readonly metrics: Metrics
}

/** What the validation rows choose for a version, and what a report says of it. Null without such rows. */
export function calibrate(
  options: CalibrateOptions,
): { readonly calibration: Calibration; readonly report: CalibrationReport } | null {
  const { classes, scored, units, costs } = options
  const rows = scored.yTrue.length
  if (rows === 0) return null
  if (classes.length === 0) {
    const scores = conformalScores({ ...scored, units })
    return { calibration: { rows, scores }, report: { rows, conformalScores: scores.length } }
  }
  const temperature = chooseTemperature(options)
  const outputs = temperature.applied
    ? atTemperature(scored.outputs, { units, temperature: temperature.fitted as number })
    : scored.outputs
  const served = { yTrue: scored.yTrue, outputs, units }
  const threshold = costs === undefined ? null : thresholdReport(served, { costs, classes })
  const scores = conformalScores(served)
  return {
    calibration: {
      rows,
      ...(temperature.applied ? { temperature: temperature.fitted as number } : {}),
      ...(threshold === null || threshold.value === null ? {} : { threshold: threshold.value }),
      scores,
    },
    report: {
      rows,
      conformalScores: scores.length,
      temperature,
      ...(threshold === null ? {} : { threshold }),
    },
  }
}

type TemperatureReport = NonNullable<CalibrationReport['temperature']>

function chooseTemperature({ scored, units, metrics }: CalibrateOptions): TemperatureReport {
  const context = { ...scored, units }
  const score = (name: string, outputs: Float64Array): MetricValue =>
    metrics.get(name)?.compute({ ...context, outputs }).value ?? null
  const figures = (after: Float64Array) => ({
    logLoss: { before: score('log-loss', scored.outputs), after: score('log-loss', after) },
    expectedCalibrationError: {
      before: score('expected-calibration-error', scored.outputs),
      after: score('expected-calibration-error', after),
    },
  })
  const kept = (reason: string, fitted: number | null = null): TemperatureReport => ({
    fitted,
    applied: false,
    reason,
    ...figures(scored.outputs),
  })
  const rows = scored.yTrue.length
  if (rows < MIN_TEMPERATURE_ROWS) {
    return kept(`${rows} validation rows are too few to tell a temperature: it takes ${MIN_TEMPERATURE_ROWS}`)
  }
  const fitted = fitTemperature(context)
  if (fitted === null)
    return kept('no temperature is best: the validation rows have no optimum within 0.05 to 20')
  const after = figures(atTemperature(scored.outputs, { units, temperature: fitted }))
  const { before, after: lower } = after.logLoss
  if (before === null || lower === null || lower >= before) {
    return kept('it does not lower the log loss of the validation rows', fitted)
  }
  return { fitted, applied: true, reason: 'it lowers the log loss of the validation rows', ...after }
}

function thresholdReport(
  context: MetricContext,
  { costs, classes }: { costs: Costs; classes: readonly Label[] },
): NonNullable<CalibrationReport['threshold']> {
  const { yTrue } = context
  const about = { costs, positive: classes[1] as Label }
  const second = yTrue.reduce((sum, index) => sum + index, 0)
  const before = costOf(context, { costs, threshold: undefined })
  if (second === 0 || second === yTrue.length) {
    const reason = 'the validation rows are all of one class'
    return { ...about, value: null, reason, cost: { before, after: before } }
  }
  const value = chooseThreshold(context, costs)
  const after = costOf(context, { costs, threshold: value })
  return { ...about, value, reason: 'it costs least on the validation rows', cost: { before, after } }
}

/** Mean cost of a row. */
export function costOf(
  { units, ...scored }: MetricContext,
  { costs, threshold }: { costs: Costs; threshold: number | undefined },
): number {
  const answered = answeredClasses(scored, { units, threshold })
  let sum = 0
  for (const [row, answer] of answered.entries()) {
    if (answer === scored.yTrue[row]) continue
    sum += answer === 1 ? costs.falsePositive : costs.falseNegative
  }
  return sum / answered.length
}
