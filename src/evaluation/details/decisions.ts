import type { MetricContext } from '../../contracts/metric.js'
import type { Calibration } from '../../contracts/model-manifest.js'
import type { Label } from '../../contracts/task.js'
import { costOf } from '../calibration/calibrate.js'
import { conformalQuantile, conformalSet } from '../calibration/conformal.js'
import { atTemperature } from '../calibration/temperature.js'
import { answeredClasses, type Costs } from '../calibration/threshold.js'
import type { Metrics } from '../catalogue.js'
import type { Details } from '../report/evaluation-schema.js'
import { classScores } from '../scores/confusion.js'

/** What is promised in reports; predict takes any other. */
const COVERAGES = [0.8, 0.9, 0.95]

/** What a version's calibration does on these rows. */
export function decisionDetails(
  context: MetricContext,
  {
    calibration,
    classes,
    costs,
    metrics,
  }: {
    calibration: Calibration | undefined
    classes: readonly Label[]
    costs: Costs | undefined
    metrics: Metrics
  },
): Pick<Details, 'temperature' | 'threshold' | 'conformal'> {
  if (calibration === undefined || context.yTrue.length === 0) return {}
  const { temperature, threshold, scores } = calibration
  return {
    ...(temperature === undefined
      ? {}
      : { temperature: temperatureEffect(context, { temperature, metrics }) }),
    ...(threshold === undefined || costs === undefined
      ? {}
      : { threshold: thresholdEffect(context, { threshold, costs, positive: classes[1] as Label }) }),
    conformal: {
      scores: scores.length,
      levels: COVERAGES.map((level) => coverageOf(context, level, scores)),
    },
  }
}

function temperatureEffect(
  context: MetricContext,
  { temperature, metrics }: { temperature: number; metrics: Metrics },
): NonNullable<Details['temperature']> {
  const before = atTemperature(context.outputs, { units: context.units, temperature: 1 / temperature })
  const effect = (name: string) => ({
    before: metrics.get(name)?.compute({ ...context, outputs: before }).value ?? null,
    after: metrics.get(name)?.compute(context).value ?? null,
  })
  return {
    value: temperature,
    logLoss: effect('log-loss'),
    expectedCalibrationError: effect('expected-calibration-error'),
  }
}

function thresholdEffect(
  context: MetricContext,
  { threshold, costs, positive }: { threshold: number; costs: Costs; positive: Label },
): NonNullable<Details['threshold']> {
  return {
    value: threshold,
    positive,
    before: decisionOf(context, { threshold: undefined, costs }),
    after: decisionOf(context, { threshold, costs }),
  }
}

function decisionOf(
  context: MetricContext,
  { threshold, costs }: { threshold: number | undefined; costs: Costs },
): NonNullable<Details['threshold']>['before'] {
  const answered = answeredClasses(context, { units: 2, threshold })
  const outputs = Float64Array.from({ length: answered.length * 2 }, (_, at) =>
    answered[at >> 1] === at % 2 ? 1 : 0,
  )
  const [, second] = classScores({ ...context, outputs })
  const count = (answer: number) =>
    answered.filter((own, row) => own === answer && own !== context.yTrue[row]).length
  const [falsePositives, falseNegatives] = [count(1), count(0)]
  return {
    cost: costOf(context, { costs, threshold }),
    accuracy: 1 - (falsePositives + falseNegatives) / answered.length,
    precision: second?.precision ?? null,
    recall: second?.recall ?? null,
    falsePositives,
    falseNegatives,
  }
}

type Level = NonNullable<Details['conformal']>['levels'][number]

function coverageOf(
  { yTrue, outputs, units }: MetricContext,
  coverage: number,
  scores: readonly number[],
): Level {
  const rows = yTrue.length
  const quantile = conformalQuantile(scores, coverage)
  const shown = Number.isFinite(quantile) ? quantile : null
  if (units === 1) {
    const covered = yTrue.filter((truth, row) => Math.abs(truth - (outputs[row] as number)) <= quantile)
    return {
      coverage,
      covered: covered.length / rows,
      quantile: shown,
      meanWidth: shown === null ? null : 2 * shown,
    }
  }
  let [covered, size, empty] = [0, 0, 0]
  for (let row = 0; row < rows; row++) {
    const set = conformalSet(outputs.subarray(row * units, (row + 1) * units), quantile)
    if (set.includes(yTrue[row] as number)) covered++
    size += set.length
    if (set.length === 0) empty++
  }
  return {
    coverage,
    covered: covered / rows,
    quantile: shown,
    meanSetSize: size / rows,
    emptySets: empty / rows,
  }
}
