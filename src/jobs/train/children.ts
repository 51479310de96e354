import type { PlanChildren } from '../../contracts/children.js'
import type { JobData } from '../../contracts/job.js'
import { fixedChildren } from '../trial/fixed-children.js'
import type { FoldPart, TrialSpecification } from '../trial/specification.js'
import type { TrainSpecification } from './request.js'

/** The trials that a training's evaluation asks for; null for none. */
export function trainChildren({
  specification,
}: Pick<JobData<TrainSpecification>, 'specification'>): PlanChildren | null {
  const parts = partsOf(specification)
  if (parts.length === 0) return null
  return fixedChildren({
    drafts: parts.map((part) => ({
      type: 'trial',
      specification: { ...specification, type: 'trial', part } satisfies TrialSpecification,
      blobs: {},
      part,
    })),
    nameOf: (part) => nameOf(part as FoldPart),
  })
}

function partsOf({ evaluation: { crossValidation } }: TrainSpecification): FoldPart[] {
  const { folds } = crossValidation ?? { folds: 0 }
  return Array.from({ length: folds }, (_, index) => ({ kind: 'fold', fold: index + 1, folds }))
}

const nameOf = ({ fold, folds }: FoldPart): string => `fold ${fold} of ${folds}`
