import { FlywheelError } from '../../contracts/errors.js'
import { parse } from '../../contracts/validation.js'
import { type Answers, unpackAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { judgeCurve } from '../../evaluation/learning-curve/judge-curve.js'
import { metricValues } from '../../evaluation/metric-values.js'
import type { LearningCurve } from '../../evaluation/report/learning-curve-schema.js'
import { TrialResult } from '../trial/specification.js'
import type { AttachOptions } from './attach.js'
import { named } from './catalogue.js'
import { compareAnswersOf } from './compare-answers-of.js'
import type { FittedVersion } from './fit-version.js'
import type { Attachment } from './judge-version.js'
import { answersTo } from './test-answers.js'

/** Makes a report's learning curve out of what the trials on fewer rows have left, and of the version itself. */
export async function attachLearningCurve(
  fitted: FittedVersion,
  options: AttachOptions,
): Promise<Attachment> {
  const { children, table, catalogue } = options
  const { task, split, head } = fitted.data
  const metric = named(catalogue.metrics, task.metrics[0] as string, 'metric')
  const shares = await Promise.all(children.map(({ id }) => shareOf(id, options)))
  shares.sort((a, b) => a.point.share - b.point.share)
  const own = await answersTo(fitted.model, { table, rows: split.test })
  const { values } = metricValues(task.metrics, catalogue.metrics, { ...own, units: head.units })
  const whole = { share: 1, rows: split.training.length, job: null, metrics: values }
  const points = [...shares.map(({ point }) => point), whole].map((point) => ({
    ...point,
    value: point.metrics[metric.name] ?? null,
  }))
  const before = shares.at(-1)
  const compared =
    before === undefined || own.rows.length === 0
      ? null
      : compareAnswersOf([before.answers, own], fitted.data)
  const curve = {
    metric: metric.name,
    direction: metric.direction,
    testRows: own.rows.length,
    points,
    lastStep: compared && { test: compared.test, pValue: compared.pValue },
  }
  const judged = judgeCurve(curve)
  const { verdict, statement } = judged
  return {
    report: { learningCurve: { ...curve, ...judged } },
    result: { learningCurve: { verdict, statement } },
    blobs: [],
  }
}

async function shareOf(
  job: string,
  { context: { outputOf, artifacts } }: AttachOptions,
): Promise<{ point: Omit<LearningCurve['points'][number], 'value'>; answers: Answers }> {
  const output = await outputOf(job)
  const result = output && parse(TrialResult, output.result)
  if (result?.part.kind !== 'share')
    throw new FlywheelError('job-failed', `The trial ${job} has left no result`)
  const { part, rows, metrics, answers } = result
  return {
    point: { share: part.share, rows: rows.training, job, metrics },
    answers: unpackAnswers(await artifacts.read(answers.sha256), answers.units),
  }
}
