import { checkAliasName } from '../../contracts/alias.js'
import type { TargetExamination } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { Family } from '../../contracts/family.js'
import type { RegistryLookup, Resolved, VersionSnapshot } from '../../contracts/job.js'
import type { Task } from '../../contracts/task.js'
import { parse } from '../../contracts/validation.js'
import { resolveTraining } from '../../training/options.js'
import { defaultImageSteps, defaultSteps, defaultTextSteps } from '../../transforms/chain/default-steps.js'
import type { TransformStep } from '../../transforms/chain/steps.js'
import { type Catalogue, invalid, loadCatalogue, named } from './catalogue.js'
import { planTraining } from './plan-training.js'
import {
  deployOptions,
  keepPredictionsOptions,
  type TrainRequest,
  type TrainSpecification,
} from './request.js'
import { resolveTarget } from './resolve-columns.js'
import { checkCosts } from './resolve-costs.js'
import { checkSliceBy } from './resolve-slices.js'
import { resolveEvaluation, splitColumnsOf } from './resolve-split.js'
import { type ResolvedTask, resolveTask } from './resolve-task.js'
import { givenSteps, resolveSteps } from './resolve-transforms.js'
import { checkCrossValidation } from './resolve-trials.js'
import { versionBlobs } from './version-blobs.js'

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
  const splitColumns = splitColumnsOf(request.evaluation)
  const { task, reason, features, text, areImages, warnings } = resolveTask(
    { ...request, splitColumns, hasSteps: steps !== undefined },
    { target, snapshot },
    catalogue,
  )
  const evaluation = resolveEvaluation(request.evaluation, { snapshot, target, task })
  checkSliceBy(evaluation.sliceBy, { snapshot, target: target.name, path: 'evaluation.sliceBy' })
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
  checkAliasName(deploy.alias, { code: 'specification-invalid', path: 'deploy.alias' })
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
  const planned = await planTraining(specification, {
    catalogue,
    family,
    features,
    about,
    warnings,
    reasons: { task: reason },
  })
  return {
    ...planned,
    specification,
    blobs: champion === null ? {} : versionBlobs('champion', champion),
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
