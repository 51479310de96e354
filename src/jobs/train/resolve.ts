import type { Finding, TargetExamination } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { Family } from '../../contracts/family.js'
import type { RegistryLookup, Resolved, VersionSnapshot } from '../../contracts/job.js'
import { estimatedBytes } from '../../contracts/memory.js'
import type { Task } from '../../contracts/task.js'
import { parse } from '../../contracts/validation.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { checkAugmentations } from '../../training/augmentations/check-augmentations.js'
import { resolveTraining } from '../../training/options.js'
import { defaultImageSteps, defaultSteps, defaultTextSteps } from '../../transforms/chain/default-steps.js'
import type { TransformStep } from '../../transforms/chain/steps.js'
import { type Catalogue, invalid, loadCatalogue, named } from './catalogue.js'
import { networkInput } from './network-input.js'
import { fileBytes, plannedMemory, secondsEstimate, splitSizes } from './plan.js'
import {
  deployOptions,
  keepPredictionsOptions,
  type TrainRequest,
  type TrainSpecification,
} from './request.js'
import { resolveTarget, type Warning } from './resolve-columns.js'
import { checkCosts } from './resolve-costs.js'
import { checkCrossValidation } from './resolve-cross-validation.js'
import { resolveEvaluation } from './resolve-split.js'
import { type ResolvedTask, resolveTask } from './resolve-task.js'
import { checkedSteps, givenSteps, rehearse, resolveSteps } from './resolve-transforms.js'
import { versionBlobs } from './version-blobs.js'

/** Fewer test rows than this say little about a model. */
const FEW_TEST_ROWS = 30

/**
 * Fills in what a training job leaves out and plans it.
 *
 * @throws FlywheelError specification-invalid that names the field and what exists; not-found for the dataset
 */
export async function resolveTrain(
  request: TrainRequest,
  registry: RegistryLookup,
): Promise<Resolved<TrainSpecification>> {
  const [catalogue, snapshot, { steps, chain }] = await Promise.all([
    loadCatalogue(),
    registry.dataset(request.dataset),
    givenSteps(request.transforms, registry),
  ])
  const target = resolveTarget(request.target, snapshot)
  const splitColumn = request.evaluation?.split?.column
  const { task, reason, features, text, areImages, warnings } = resolveTask(
    { ...request, splitColumn, hasSteps: steps !== undefined },
    { target, snapshot },
    catalogue,
  )
  const evaluation = resolveEvaluation(request.evaluation, { snapshot, target, task })
  const mergeLabels = resolveMerging(request.mergeLabels, task)
  const rows = snapshot.rows - target.missing
  const { family, hyperparameters } = resolveFamily(request, { task, rows, areImages }, catalogue)
  const usual = usualSteps({ features, text, areImages }, family)
  const transforms = resolveSteps(steps ?? usual, catalogue)
  const training = resolveTraining(request.training ?? {}, { rows })
  if (task.kind === 'regression' && training.classWeights !== null) {
    throw invalid('training.classWeights', 'null, since a regression has no classes', training.classWeights)
  }
  const deploy = parse(deployOptions, request.deploy ?? {}, { path: 'deploy' })
  const champion = await currentVersion(`${request.model}@${deploy.alias}`, registry)
  const about = await registry.examineTarget(snapshot, {
    target: target.name,
    kind: task.kind,
    mergeLabels,
  })
  refuseOneClass(target.name, about)
  checkCrossValidation(evaluation, { rows, smallestClass: about.smallestClass })
  checkCosts(evaluation.costs, { classes: about.classes, validationSplit: training.validationSplit })
  const specification: TrainSpecification = {
    type: 'train',
    model: request.model,
    dataset: `${snapshot.name}@${snapshot.version}`,
    target: target.name,
    task: task.name,
    mergeLabels,
    features: features.map(({ name }) => name),
    transforms,
    ...(chain === null ? {} : { chain }),
    family: family.name,
    hyperparameters,
    inputShape: request.inputShape ?? null,
    training,
    evaluation,
    deploy,
    update: request.update ?? null,
    keepPredictions:
      request.keepPredictions !== false &&
      parse(keepPredictionsOptions, request.keepPredictions ?? {}, { path: 'keepPredictions' }),
    snapshot,
    targetFindings: [...about.findings],
    champion: champion === null ? null : { version: champion.version },
  }
  const { row } = await rehearse(features, checkedSteps(transforms, catalogue), {
    ...catalogue,
    classes: about.classes ?? 0,
  })
  const input = networkInput(family, { given: request.inputShape, row })
  checkAugmentations(training.augmentation, input)
  const shapes = { inputs: [input], units: about.classes ?? 1 }
  const network = family.plan(shapes, hyperparameters)
  const sizes = splitSizes(rows, { testSplit: evaluation.testSplit, ...training })
  const width = sizeOfShape(input.shape)
  const columns = features.length + (splitColumn === undefined ? 1 : 2)
  const files = fileBytes(features, snapshot)
  const memory = plannedMemory({ rows, columns, width, files, training, network })
  return {
    specification,
    memory,
    blobs: champion === null ? {} : versionBlobs('champion', champion),
    plan: {
      reasons: { task: reason },
      parameters: network.parameters,
      memoryBytes: estimatedBytes(memory),
      // On one worker: folds learn from about as many rows.
      secondsEstimate:
        secondsEstimate({ trainingRows: sizes.training, training, network }) *
        (1 + (evaluation.crossValidation?.folds ?? 0)),
      warnings: [
        ...warnings,
        ...about.findings.map(asWarning),
        ...rowWarnings(target.name, target.missing, sizes.test),
      ],
    },
  }
}

function resolveMerging(given: boolean | undefined, { kind, name }: Task): boolean {
  if (given !== undefined && kind === 'regression') {
    throw invalid('mergeLabels', `nothing, since ${name} has no labels`, given)
  }
  return given ?? true
}

/** Spellings of one label are one class. */
function refuseOneClass(target: string, { classes }: TargetExamination): void {
  if (classes === null || classes >= 2) return
  const expected = `at least two classes; those of ${target} differ only in spelling (mergeLabels: false keeps them apart)`
  throw invalid('target', expected, target)
}

/** Of a regression over images too. */
const USUAL_IMAGE_FAMILY = 'cnn'

function usualSteps(
  { features, text, areImages }: Pick<ResolvedTask, 'features' | 'text' | 'areImages'>,
  family: Family,
): TransformStep[] {
  if (text !== null) return defaultTextSteps(text, family.rows)
  return areImages ? defaultImageSteps(features) : defaultSteps(features)
}

/** The one check of a family's own hyperparameters, for route and worker. */
function resolveFamily(
  request: { family?: string; hyperparameters?: Record<string, unknown> },
  { task, rows, areImages }: Pick<ResolvedTask, 'task' | 'areImages'> & { rows: number },
  { families }: Catalogue,
): { family: Family; hyperparameters: Record<string, unknown> } {
  const usual = areImages ? USUAL_IMAGE_FAMILY : task.family
  const { family: name = usual, hyperparameters = {} } = request
  const family = named(families, name, 'family')
  if (!family.tasks.includes(task.name)) {
    throw invalid('family', `a family for ${task.name}; ${name} is for ${family.tasks.join(', ')}`, name)
  }
  const filled = { ...family.defaultsFor?.({ rows }), ...hyperparameters }
  const parsed = parse(family.hyperparameters, filled, { path: 'hyperparameters' })
  return { family, hyperparameters: parsed as Record<string, unknown> }
}

/** The version that an alias names; null where there is none. */
async function currentVersion(reference: string, registry: RegistryLookup): Promise<VersionSnapshot | null> {
  try {
    return await registry.version(reference)
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'not-found') return null
    throw error
  }
}

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
