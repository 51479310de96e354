import type { PlanChildren } from '../../contracts/children.js'
import type { JobData } from '../../contracts/job.js'
import { fixedChildren } from '../trial/fixed-children.js'
import type { TrialPart, TrialSpecification } from '../trial/specification.js'
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
    nameOf: (part) => nameOf(part as TrialPart),
  })
}

function partsOf({ evaluation: { crossValidation } }: TrainSpecification): TrialPart[] {
  const { folds } = crossValidation ?? { folds: 0 }
  return Array.from({ length: folds }, (_, index) => ({ kind: 'fold', fold: index + 1, folds }))
}

const nameOf = ({ fold, folds }: TrialPart): string => `fold ${fold} of ${folds}`
