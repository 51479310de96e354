import type { JobData, RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { TrialPart } from '../trial/specification.js'
import { attachCrossValidation } from './attach-cross-validation.js'
import { attachLearningCurve } from './attach-learning-curve.js'
import type { Catalogue } from './catalogue.js'
import type { FittedVersion } from './fit-version.js'
import type { Attachment } from './judge-version.js'
import type { TrainSpecification } from './request.js'

export interface AttachOptions {
  readonly specification: TrainSpecification
  /** The trials that it is made of. */
  readonly children: NonNullable<JobData['children']>
  readonly table: Table
  readonly context: RunContext
  readonly catalogue: Catalogue
}

/** The parts of a report that a training's trials make. */
export async function attach(fitted: FittedVersion, options: AttachOptions): Promise<Attachment> {
  const of = (kind: TrialPart['kind']) => ({
    ...options,
    children: options.children.filter(({ part }) => (part as TrialPart).kind === kind),
  })
  const [folds, shares] = [of('fold'), of('share')]
  const parts = [
    ...(folds.children.length > 0 ? [await attachCrossValidation(fitted, folds)] : []),
    ...(shares.children.length > 0 ? [await attachLearningCurve(fitted, shares)] : []),
  ]
  return {
    report: Object.assign({}, ...parts.map(({ report }) => report)),
    result: Object.assign({}, ...parts.map(({ result }) => result)),
    blobs: parts.flatMap(({ blobs }) => blobs),
  }
}
