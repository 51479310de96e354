import type { DatasetColumn, Finding, TargetExamination } from '../../contracts/dataset.js'
import type { Family } from '../../contracts/family.js'
import type { Plan, Resolved } from '../../contracts/job.js'
import { estimatedBytes } from '../../contracts/memory.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { checkAugmentations } from '../../training/augmentations/check-augmentations.js'
import type { Training } from '../../training/options.js'
import type { Catalogue } from './catalogue.js'
import { networkInput } from './network-input.js'
import { fileBytes, plannedMemory, secondsEstimate, splitSizes } from './plan.js'
import type { TrainSpecification } from './request.js'
import type { Warning } from './resolve-columns.js'
import { checkedSteps, rehearse } from './resolve-transforms.js'
import { checkLearningCurve } from './resolve-trials.js'

/** Fewer test rows than this say little about a model. */
const FEW_TEST_ROWS = 30

export interface PlanOptions {
  readonly catalogue: Catalogue
  readonly family: Family
  readonly features: readonly DatasetColumn[]
  readonly about: TargetExamination
  /** What is known before the plan. */
  readonly warnings: readonly Warning[]
  readonly reasons: Plan['reasons']
}

/**
 * Tries a filled-in job on made-up rows, and tells what it will take.
 *
 * @throws FlywheelError specification-invalid for steps that can't work, and a network that does not take what they give
 */
export async function planTraining(
  specification: TrainSpecification,
  { catalogue, family, features, about, warnings, reasons }: PlanOptions,
): Promise<Pick<Resolved<TrainSpecification>, 'plan' | 'memory'>> {
  const { evaluation, hyperparameters, inputShape, snapshot } = specification
  const training = specification.training as Training
  const target = snapshot.columns.find(({ name }) => name === specification.target)
  const missing = target?.missing ?? 0
  const rows = snapshot.rows - missing
  const { row } = await rehearse(features, checkedSteps(specification.transforms, catalogue), {
    ...catalogue,
    classes: about.classes ?? 0,
  })
  const input = networkInput(family, { given: inputShape ?? undefined, row })
  checkAugmentations(training.augmentation, input)
  const shapes = { inputs: [input], units: about.classes ?? 1 }
  const network = family.plan(shapes, hyperparameters)
  const sizes = splitSizes(rows, { testSplit: evaluation.testSplit, ...training })
  checkLearningCurve(evaluation, sizes.training)
  const memory = plannedMemory({
    rows,
    columns: features.length + (evaluation.split?.column === undefined ? 1 : 2),
    given: sizes.training + sizes.validation,
    width: sizeOfShape(input.shape),
    files: fileBytes(features, snapshot),
    training,
    network,
  })
  return {
    memory,
    plan: {
      reasons,
      parameters: network.parameters,
      memoryBytes: estimatedBytes(memory),
      // On one worker.
      secondsEstimate:
        trainingsOf(evaluation) * secondsEstimate({ trainingRows: sizes.training, training, network }),
      warnings: [
        ...warnings,
        ...about.findings.map(asWarning),
        ...rowWarnings(specification.target, missing, sizes.test),
      ],
    },
  }
}

/** How often the rows are trained on: by the version, by each fold, of about as many rows, and by shares of them. */
const trainingsOf = ({ crossValidation, learningCurve }: TrainSpecification['evaluation']): number =>
  1 + (crossValidation?.folds ?? 0) + (learningCurve?.shares ?? []).reduce((sum, share) => sum + share, 0)

const asWarning = ({ code, detail, remedy }: Finding): Warning => ({ code, detail, remedy })

function rowWarnings(target: string, missing: number, testRows: number): Warning[] {
  const warnings: Warning[] = []
  if (missing > 0) {
    warnings.push({
      code: 'target-missing',
      detail: `${missing} rows have no value in ${target} and are left out`,
      remedy: 'Nothing, or mend the rows',
    })
  }
  if (testRows < FEW_TEST_ROWS) {
    warnings.push({
      code: 'few-test-rows',
      detail: `about ${testRows} rows are kept out for the report: its figures will be rough`,
      remedy: 'Add rows, or raise evaluation.testSplit',
    })
  }
  return warnings
}
