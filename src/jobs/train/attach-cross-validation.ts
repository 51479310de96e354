import { FlywheelError } from '../../contracts/errors.js'
import type { RunContext } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import {
  crossValidate,
  type FoldScores,
  outOfFoldLines,
} from '../../evaluation/cross-validation/cross-validate.js'
import { unpackAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { TrialResult } from '../trial/specification.js'
import type { AttachOptions } from './attach.js'
import type { FittedVersion } from './fit-version.js'
import type { Attachment } from './judge-version.js'
import { usualSplit } from './resolve-split.js'

/** Makes a report's cross-validation out of what the folds have left, and stores their answers. */
export async function attachCrossValidation(
  { data: { task, state } }: FittedVersion,
  { specification: { evaluation }, children, context, catalogue: { metrics } }: AttachOptions,
): Promise<Attachment> {
  const folds = await Promise.all(children.map(({ id }) => foldOf(id, context)))
  folds.sort((a, b) => a.about.fold - b.about.fold)
  const { outOfFold, ...figures } = crossValidate(folds, {
    task,
    state,
    metrics,
    split: evaluation.split ?? usualSplit(task),
  })
  const lines = outOfFoldLines(folds, { task, state })
  const file = await context.artifacts.put(Buffer.concat(Array.from(lines, (line) => Buffer.from(line))))
  const inShort = Object.entries(figures.metrics).map(([name, { mean, interval }]) => [
    name,
    { mean, interval },
  ])
  return {
    report: { crossValidation: { ...figures, outOfFold: { ...outOfFold, ...file } } },
    result: { crossValidation: { folds: folds.length, metrics: Object.fromEntries(inShort) } },
    blobs: [file],
  }
}

async function foldOf(job: string, { outputOf, artifacts }: RunContext): Promise<FoldScores> {
  const output = await outputOf(job)
  const result = output && parse(TrialResult, output.result)
  if (result?.part.kind !== 'fold') {
    throw new FlywheelError('job-failed', `The fold ${job} has left no result`)
  }
  const { part, metrics, baseline, rows, epochs, seconds, answers } = result
  const { training, validation, scored } = rows
  return {
    about: { fold: part.fold, job, training, validation, rows: scored, epochs, seconds },
    metrics,
    baseline,
    answers: unpackAnswers(await artifacts.read(answers.sha256), answers.units),
  }
}
