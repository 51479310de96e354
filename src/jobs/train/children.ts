import type { PlanChildren } from '../../contracts/children.js'
import type { JobData } from '../../contracts/job.js'
import { fixedChildren } from '../trial/fixed-children.js'
import type { FoldPart, SharePart, TrialSpecification } from '../trial/specification.js'
import type { TrainSpecification } from './request.js'
import { inFold } from './resolve-split.js'

/** The trials that a training's evaluation asks for; null for none. */
export function trainChildren({
  specification,
}: Pick<JobData<TrainSpecification>, 'specification'>): PlanChildren | null {
  const parts = partsOf(specification)
  if (parts.length === 0) return null
  return fixedChildren({
    drafts: parts.map((part) => ({
      type: 'trial',
      specification: {
        ...(part.kind === 'fold' ? inFold(specification) : specification),
        type: 'trial',
        part,
      } satisfies TrialSpecification,
      blobs: {},
      part,
    })),
    nameOf: (part) => nameOf(part as FoldPart | SharePart),
  })
}

function partsOf({ evaluation }: TrainSpecification): (FoldPart | SharePart)[] {
  const { folds } = evaluation.crossValidation ?? { folds: 0 }
  const { shares } = evaluation.learningCurve ?? { shares: [] }
  return [
    ...Array.from({ length: folds }, (_, index) => ({ kind: 'fold' as const, fold: index + 1, folds })),
    ...shares.map((share) => ({ kind: 'share' as const, share })),
  ]
}

const nameOf = (part: FoldPart | SharePart): string =>
  part.kind === 'fold'
    ? `fold ${part.fold} of ${part.folds}`
    : `the trial on ${100 * part.share} % of the rows`
