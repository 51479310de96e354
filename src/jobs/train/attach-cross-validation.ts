import { FlywheelError } from '../../contracts/errors.js'
import type { RunContext } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import type { FoldScores } from '../../evaluation/cross-validation/cross-validate.js'
import { unpackAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { TrialResult } from '../trial/specification.js'
import type { AttachOptions } from './attach.js'
import type { FittedVersion } from './fit-version.js'
import type { Attachment } from './judge-version.js'
import { reportFolds } from './report-folds.js'

/** Makes a report's cross-validation out of what the folds have left, and stores their answers. */
export async function attachCrossValidation(
  fitted: FittedVersion,
  options: AttachOptions,
): Promise<Attachment> {
  const folds = await Promise.all(options.children.map(({ id }) => foldOf(id, options.context)))
  folds.sort((a, b) => a.about.fold - b.about.fold)
  return reportFolds(folds, fitted, options)
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
