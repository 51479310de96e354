import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChildJob } from '../../src/contracts/children.js'
import type { DatasetColumn, DatasetSnapshot } from '../../src/contracts/dataset.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import { searchChildren } from '../../src/jobs/search/children.js'
import { type SearchRequest, SearchSpecification } from '../../src/jobs/search/request.js'
import { resolveSearch } from '../../src/jobs/search/resolve.js'
import { statementOf } from '../../src/jobs/search/statement.js'
import { type SearchPart, TrialSpecification } from '../../src/jobs/trial/specification.js'
import { blobs } from '../support/blobs.js'
import { registryOf } from '../support/train.js'

const data = blobs(400)
type Search = SearchRequest['search']
const rate = { 'training.optimizer.learningRate': { logUniform: [0.0001, 0.1] as [number, number] } }
const resolve = (search: Search, more: Partial<SearchRequest> = {}) =>
  resolveSearch(
    { type: 'search', model: 'm', dataset: 'blobs', target: 'kind', ...more, search },
    registryOf(data),
  )
const planOf = async (search: Search, more: Partial<SearchRequest> = {}) =>
  searchChildren({ specification: (await resolve(search, more)).specification })

/** The children that a plan has added, ended with these accuracies; null: still at work. */
function childrenOf(parts: readonly SearchPart[], accuracies: readonly (number | null)[] = []): ChildJob[] {
  return parts.map((part, index) => {
    const accuracy = accuracies[index] ?? null
    return {
      id: `job-${index}`,
      part,
      state: accuracy === null ? 'running' : 'succeeded',
      result: accuracy === null ? null : { metrics: { accuracy } },
      error: null,
      startedAt: new Date(1_000),
      endedAt: null,
    }
  })
}
const partsOf = (added: readonly { readonly specification: unknown }[]): SearchPart[] =>
  added.map(({ specification }) => (specification as TrialSpecification).part as SearchPart)
const at = new Date(2_000)

async function refusalOf(search: Search, more: Partial<SearchRequest> = {}): Promise<string[]> {
  try {
    await resolve(search, more)
  } catch (error) {
    if (error instanceof FlywheelError)
      return error.errors.map(({ path, expected }) => `${path}: ${expected}`)
    throw error
  }
  return []
}

test('what is left out of a search is filled in, and the trainer takes it', async () => {
  const { specification } = await resolve({ space: rate })
  const { method, trials, budgetSeconds, parallel, metric, direction, linear } = specification.search
  assert.deepEqual(
    { method, trials, budgetSeconds, parallel, metric, direction },
    {
      method: 'tpe',
      trials: 20,
      budgetSeconds: 3600,
      parallel: 2,
      metric: 'accuracy',
      direction: 'maximise',
    },
  )
  const { transforms } = specification
  assert.deepEqual(linear, { family: 'linear', hyperparameters: { l2: 0 }, transforms })
  assert.deepEqual(parse(SearchSpecification, JSON.parse(JSON.stringify(specification))), specification)
})

test('the default and the linear baseline go first, then as many trials at once as asked for', async () => {
  const plan = await planOf({ space: rate, parallel: 4, trials: 5 })
  const first = plan([], at)
  assert.deepEqual(
    partsOf(first.add).map(({ name }) => name),
    ['default', 'linear', 'trial', 'trial'],
  )
  for (const { specification } of first.add) parse(TrialSpecification, specification)
  const second = plan(childrenOf(partsOf(first.add), [0.8, 0.7, 0.9]), at)
  assert.deepEqual(
    partsOf(second.add).map(({ number }) => number),
    [4, 5, 6],
  )
  assert.deepEqual(second.progress, { step: 3, steps: 7, metrics: { accuracy: 0.9 }, secondsLeft: null })
  assert.equal(second.isComplete, false)
})

test('the same trials give the same plan, and another seed gives another', async () => {
  const addedBy = async (seed: number) =>
    partsOf((await planOf({ space: rate, parallel: 6, seed }))([], at).add)
  assert.deepEqual(await addedBy(1), await addedBy(1))
  assert.notDeepEqual(await addedBy(1), await addedBy(2))
})

test('a trial differs from the default in what is searched alone', async () => {
  const space = {
    ...rate,
    'hyperparameters.hiddenUnits': { choice: [[8], [16, 16]] },
    'training.batchSize': { integer: [16, 64] as [number, number] },
  }
  const { specification } = await resolve({ space, parallel: 8 })
  const { add } = searchChildren({ specification })([], at)
  for (const { specification: trial } of add.slice(2)) {
    const { training, hyperparameters, part } = trial as TrialSpecification
    const { parameters } = part as SearchPart
    const learningRate = parameters['training.optimizer.learningRate'] as number
    assert.ok(learningRate >= 0.0001 && learningRate <= 0.1)
    const batchSize = parameters['training.batchSize'] as number
    assert.ok(Number.isInteger(batchSize) && batchSize >= 16 && batchSize <= 64)
    assert.deepEqual(hyperparameters.hiddenUnits, parameters['hyperparameters.hiddenUnits'])
    const optimizer = { ...specification.training.optimizer, learningRate }
    assert.deepEqual(training, { ...specification.training, batchSize, optimizer })
  }
})

test('a family that is searched has its own hyperparameters, and ranges of its own', async () => {
  const space = {
    family: { choice: ['mlp', 'linear'] },
    'hyperparameters.dropout': { uniform: [0.1, 0.5] as [number, number], when: { family: 'mlp' } },
    'hyperparameters.l2': { logUniform: [0.0001, 1] as [number, number] },
  }
  const { add } = (await planOf({ space, parallel: 30, trials: 28 }))([], at)
  for (const { specification } of add.slice(2)) {
    const { family, hyperparameters } = specification as TrialSpecification
    assert.equal(family === 'mlp', 'dropout' in hyperparameters)
    assert.ok((hyperparameters.l2 as number) >= 0.0001)
  }
})

test('where no steps are named, each family has those of its rows', async () => {
  const columns: DatasetColumn[] = [
    { name: 'text', type: 'text', distinct: 990, missing: 0, meanBytes: 115 },
    { name: 'kind', type: 'category', distinct: 2, missing: 0 },
  ]
  const snapshot: DatasetSnapshot = { name: 'blobs', version: 1, rows: 1000, columns, parts: [] }
  const about = { type: 'search', model: 'm', dataset: 'blobs', target: 'kind' } as const
  const stepsOf = async (request: Partial<SearchRequest> & Pick<SearchRequest, 'search'>) => {
    const { specification } = await resolveSearch({ ...about, ...request }, registryOf({ snapshot }))
    return new Set(
      searchChildren({ specification })([], at).add.map(({ specification: trial }) => {
        const { family, transforms } = trial as TrialSpecification
        return `${family} ${transforms.map(({ name }) => name)}`
      }),
    )
  }
  const space = { family: { choice: ['linear', 'lstm'] } }
  const both = await stepsOf({ search: { space, parallel: 12 } })
  assert.deepEqual([...both].sort(), ['linear tf-idf', 'lstm tokenise'])
  const recurrent = await stepsOf({ family: 'lstm', search: { space: rate, parallel: 4 } })
  assert.deepEqual([...recurrent].sort(), ['linear tf-idf', 'lstm tokenise'])
})

test('images have a linear baseline too', async () => {
  const columns: DatasetColumn[] = [
    { name: 'image', type: 'image', distinct: 400, missing: 0, images: { width: 9, height: 8, channels: 1 } },
    { name: 'kind', type: 'category', distinct: 2, missing: 0 },
  ]
  const snapshot: DatasetSnapshot = { name: 'blobs', version: 1, rows: 400, columns, parts: [] }
  const { specification } = await resolveSearch(
    { type: 'search', model: 'm', dataset: 'blobs', target: 'kind', search: { space: rate } },
    registryOf({ snapshot }),
  )
  assert.equal(specification.family, 'cnn')
  assert.ok('family' in specification.search.linear, JSON.stringify(specification.search.linear))
})

test('no trial begins after the budget, and those at work are stopped but for the default', async () => {
  const plan = await planOf({ space: rate, parallel: 3, budgetSeconds: 10 })
  const parts = partsOf(plan([], at).add)
  const late = plan(childrenOf(parts), new Date(11_500))
  assert.deepEqual([late.add, late.stop, late.isComplete], [[], ['job-1', 'job-2'], false])
  assert.equal(plan(childrenOf(parts, [0.8, 0.7, 0.9]), new Date(11_500)).isComplete, true)
  assert.equal(plan(childrenOf(parts), new Date(10_500)).stop.length, 0)
})

test('a search that is cross-validated is repeated without the rows of each fold, each time with its own budget', async () => {
  const folds = 2
  const plan = await planOf(
    { space: rate, parallel: 3, trials: 2, budgetSeconds: 10 },
    { evaluation: { crossValidation: { folds } } },
  )
  let parts: SearchPart[] = []
  for (let round = 0; round < 20; round++) {
    const step = plan(childrenOf(parts, Array(parts.length).fill(0.5)), at)
    assert.equal(step.progress.steps, 12)
    if (step.isComplete) break
    assert.ok(step.add.length <= 3)
    for (const { specification } of step.add) parse(TrialSpecification, specification)
    parts = [...parts, ...partsOf(step.add)]
  }
  assert.deepEqual(
    parts.map(({ name, number, outer }) => `${outer?.fold ?? 'all'} ${number} ${name}`),
    ['all', '1', '2'].flatMap((of) => [
      `${of} 0 default`,
      `${of} 1 linear`,
      `${of} 2 trial`,
      `${of} 3 trial`,
    ]),
  )
  const rates = parts.map(({ parameters }) => parameters['training.optimizer.learningRate'])
  assert.equal(new Set(rates.filter((_, index) => parts[index]?.name === 'trial')).size, 6)
  const running = childrenOf(parts.slice(0, 4))
  const late = plan(running, new Date(11_500))
  assert.deepEqual(late.stop, ['job-1', 'job-2', 'job-3'])
  const over = plan(childrenOf(parts.slice(0, 4), [0.5, 0.5, 0.5, 0.5]), new Date(11_500))
  assert.deepEqual(
    partsOf(over.add).map(({ outer }) => outer),
    Array(3).fill({ fold: 1, folds }),
  )
})

test('asha begins with few epochs and promotes the best third', async () => {
  const plan = await planOf(
    { space: rate, method: 'asha', parallel: 3, trials: 3 },
    { training: { epochs: 27 } },
  )
  let parts: SearchPart[] = []
  const accuracies: number[] = []
  for (let round = 0; round < 20; round++) {
    const step = plan(childrenOf(parts, accuracies), at)
    if (step.isComplete) break
    parts = [...parts, ...partsOf(step.add)]
    while (accuracies.length < parts.length)
      accuracies.push(0.5 + (parts[accuracies.length]?.configuration ?? 0) / 10)
  }
  const trials = parts.filter(({ name }) => name === 'trial')
  assert.deepEqual(
    trials.map(({ configuration, rung, epochs }) => [configuration, rung, epochs]),
    [
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
      [2, 1, 3],
    ],
  )
  assert.deepEqual(trials[3]?.parameters, trials[2]?.parameters)
})

const refused: Record<string, [Search, string, Partial<SearchRequest>?]> = {
  'an empty range': [
    { space: { 'training.batchSize': { integer: [64, 64] } } },
    'search.space.training.batchSize: a lowest',
  ],
  'a range the wrong way round': [
    { space: { 'hyperparameters.dropout': { uniform: [0.5, 0.1] } } },
    'search.space.hyperparameters.dropout: a lowest',
  ],
  'a logarithm of 0': [
    { space: { 'hyperparameters.l2': { logUniform: [0, 1] } } },
    'search.space.hyperparameters.l2: bounds above 0',
  ],
  'an unknown hyperparameter': [
    { space: { 'hyperparameters.depht': { choice: [1, 2] } } },
    'search.space.hyperparameters.depht: ',
  ],
  'a value that can not be': [
    { space: { 'hyperparameters.dropout': { uniform: [0, 2] } } },
    'search.space.hyperparameters.dropout: <= 0.95',
  ],
  'fractions of a whole number': [
    { space: { 'training.batchSize': { uniform: [16, 64] } } },
    'search.space.training.batchSize: an integer',
  ],
  'an unknown training option': [
    { space: { 'training.speed': { choice: [1] } } },
    'search.space.training.speed: ',
  ],
  'an unknown family': [{ space: { family: { choice: ['mlp', 'forest'] } } }, 'search.space.family: one of'],
  'a field that must not differ': [
    { space: { 'training.seed': { choice: [1, 2] } } },
    'search.space.training.seed: a field that may',
  ],
  'epochs with asha': [
    { method: 'asha', space: { 'training.epochs': { choice: [1, 2] } } },
    'search.space.training.epochs: none with asha',
  ],
  'fields that can not be together': [
    {
      space: {
        'training.optimizer.name': { choice: ['adam', 'sgd'] },
        'training.optimizer.beta1': { uniform: [0.8, 0.9] },
      },
    },
    'search.space: ',
  ],
  'no time': [{ space: rate, budgetSeconds: 0 }, 'search.budgetSeconds: '],
  'no space': [{ space: {} }, 'search.space: '],
  'another metric': [{ space: rate, metric: 'rmse' }, 'search.metric: one of accuracy'],
  'no validation rows': [
    { space: rate },
    'training.validationSplit: above 0',
    { training: { validationSplit: 0 } },
  ],
  'more folds than rows': [
    { space: rate },
    'evaluation.crossValidation.folds: ',
    { evaluation: { crossValidation: { folds: 500 } } },
  ],
}
for (const [what, [search, expected, more]] of Object.entries(refused)) {
  test(`${what} is a 422 that names the field`, async () => {
    const errors = await refusalOf(search, more)
    assert.ok(errors[0]?.startsWith(expected), errors[0])
  })
}

test('the result says honestly whether the default was improved', () => {
  const trial = (number: number, name: 'default' | 'trial') => ({ number, name, value: 0.5 }) as never
  const trials = [trial(0, 'default'), trial(1, 'trial'), trial(2, 'trial')]
  const pair = (first: number, best: number, pValue: number | null) => ({
    rows: 100,
    default: first,
    best,
    pValue,
    test: null,
  })
  const about = { metric: 'accuracy', direction: 'maximise' as const, trials }
  const none = statementOf({
    ...about,
    best: 0,
    improved: false,
    validation: pair(0.8, 0.8, null),
    test: pair(0.7, 0.7, null),
  })
  assert.match(none, /has not improved on the default: none of 2 trials did better than its accuracy of 0.8/)
  const better = { ...about, best: 2, improved: true, validation: pair(0.8, 0.85, 0.01) }
  assert.match(
    statementOf({ ...better, test: pair(0.7, 0.78, 0.01) }),
    /0.78 against 0.7 \(p = 0.010\): the improvement is confirmed/,
  )
  assert.match(statementOf({ ...better, test: pair(0.7, 0.71, 0.4) }), /the difference may be chance/)
  assert.match(statementOf({ ...better, test: pair(0.7, 0.69, 0.4) }), /the improvement is not confirmed/)
})
