import { FlywheelError } from '../../contracts/errors.js'
import type { Family } from '../../contracts/family.js'
import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import { invalid, loadCatalogue, named } from '../train/catalogue.js'
import type { TrainSpecification } from '../train/request.js'
import { resolveTrain } from '../train/resolve.js'
import { checkSpace } from './check-space.js'
import { rungsOf } from './methods/asha.js'
import { type Beginning, type SearchRequest, type SearchSpecification, searchOptions } from './request.js'

/** What takes the place of a network in the table: logistic or linear regression. */
const LINEAR = 'linear'

/**
 * Fills in what a search leaves out, as for the training job that its default is, and checks that every field that it
 * searches can be what it may become.
 *
 * @throws FlywheelError specification-invalid that names the field; not-found for the dataset
 */
export async function resolveSearch(
  request: SearchRequest,
  registry: RegistryLookup,
): Promise<Resolved<SearchSpecification>> {
  const { families, tasks, metrics } = await loadCatalogue()
  const given = parse(searchOptions, request.search, { path: 'search' })
  const resolveAs = resolverOf(request, registry)
  const resolved = await resolveAs()
  const base = resolved.specification
  checkEvaluation(base)
  const names = familiesOf(given.space.family) ?? [base.family]
  const ofFamilies = new Map<string, { family: Family; beginning: Beginning }>()
  for (const name of names) {
    const family = named(families, name, 'search.space.family')
    const { specification } = name === base.family ? resolved : await resolveAs({ family: name, base })
    ofFamilies.set(name, { family, beginning: beginningOf(specification) })
  }
  const task = named(tasks, base.task, 'task')
  const metric = named(
    new Map(
      task.metrics.flatMap((name) => {
        const found = metrics.get(name)
        return found ? [[name, found]] : []
      }),
    ),
    given.metric ?? (task.metrics[0] as string),
    'search.metric',
  )
  const { epochs } = base.training
  const minEpochs = given.minEpochs ?? Math.ceil(epochs / given.reduction ** 3)
  if (minEpochs > epochs) throw invalid('search.minEpochs', `at most ${epochs}, the job’s epochs`, minEpochs)
  const specification: SearchSpecification = {
    ...base,
    type: 'search',
    search: {
      ...given,
      metric: metric.name,
      direction: metric.direction,
      minEpochs,
      rungEpochs: given.method === 'asha' ? rungsOf({ ...given, minEpochs, maxEpochs: epochs }) : [epochs],
      families: Object.fromEntries([...ofFamilies].map(([name, { beginning }]) => [name, beginning])),
      linear: await linearBaseline(() => resolveAs({ family: LINEAR, base })),
      training: request.training ?? {},
      rows:
        base.snapshot.rows - (base.snapshot.columns.find(({ name }) => name === base.target)?.missing ?? 0),
    },
  }
  checkSpace(specification, ofFamilies)
  const { plan } = resolved
  // The plan’s own estimate is of one training in the whole and in each fold.
  const seconds = (plan.secondsEstimate ?? 0) * (given.trials + 2)
  const searches = 1 + (base.evaluation.crossValidation?.folds ?? 0)
  return {
    ...resolved,
    specification,
    plan: {
      ...plan,
      secondsEstimate: Math.min(seconds, searches * given.budgetSeconds + (plan.secondsEstimate ?? 0)),
    },
  }
}

const beginningOf = ({ hyperparameters, transforms }: TrainSpecification): Beginning => ({
  hyperparameters,
  transforms,
})

/** Resolves the training job that a search begins with, or the same for another family. */
function resolverOf({ search: _, ...request }: SearchRequest, registry: RegistryLookup) {
  const examined = new Map<string, ReturnType<RegistryLookup['examineTarget']>>()
  const lookup: RegistryLookup = {
    ...registry,
    // The same for every family, and costly.
    examineTarget(snapshot, question) {
      const key = JSON.stringify(question)
      const known = examined.get(key) ?? registry.examineTarget(snapshot, question)
      examined.set(key, known)
      return known
    },
  }
  return (other?: { family: string; base: TrainSpecification }) => {
    if (other === undefined) return resolveTrain({ ...request, type: 'train' }, lookup)
    const { hyperparameters: _, ...rest } = request
    const { task, features } = other.base
    return resolveTrain({ ...rest, task, features, family: other.family, type: 'train' }, lookup)
  }
}

function checkEvaluation({ evaluation, training }: TrainSpecification): void {
  if (evaluation.learningCurve !== undefined) {
    throw invalid('evaluation.learningCurve', 'none in a search', evaluation.learningCurve)
  }
  if (training.validationSplit === 0 && evaluation.split?.by !== 'column') {
    const expected = 'above 0, since trials are compared on validation rows'
    throw invalid('training.validationSplit', expected, training.validationSplit)
  }
}

function familiesOf(range: SearchSpecification['search']['space'][string] | undefined): string[] | null {
  if (range === undefined) return null
  if ('choice' in range && range.choice.every((name) => typeof name === 'string')) return range.choice
  throw invalid('search.space.family', 'a choice of families', range)
}

/** A family that takes the same rows; for others the table says why there is none. */
async function linearBaseline(
  resolveLinear: () => Promise<Resolved<TrainSpecification>>,
): Promise<SearchSpecification['search']['linear']> {
  try {
    const { specification } = await resolveLinear()
    return { family: LINEAR, ...beginningOf(specification) }
  } catch (error) {
    if (!(error instanceof FlywheelError) || error.code !== 'specification-invalid') throw error
    return { leftOut: error.message }
  }
}
