import type { RunContext } from '../../contracts/job.js'
import {
  crossValidate,
  type FoldScores,
  outOfFoldLines,
} from '../../evaluation/cross-validation/cross-validate.js'
import type { Catalogue } from './catalogue.js'
import type { FittedVersion } from './fit-version.js'
import type { Attachment } from './judge-version.js'
import type { TrainSpecification } from './request.js'
import { splitOfFolds, usualSplit } from './resolve-split.js'

/** A report's cross-validation, with the folds' answers stored as a file. */
export async function reportFolds(
  folds: readonly FoldScores[],
  { data: { task, state } }: FittedVersion,
  options: {
    readonly specification: Pick<TrainSpecification, 'evaluation'>
    readonly context: RunContext
    readonly catalogue: Catalogue
  },
): Promise<Attachment> {
  const { specification, context, catalogue } = options
  const { outOfFold, ...figures } = crossValidate(folds, {
    task,
    state,
    metrics: catalogue.metrics,
    split: splitOfFolds(specification.evaluation) ?? usualSplit(task),
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
