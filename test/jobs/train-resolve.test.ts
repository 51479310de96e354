import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetColumn, DatasetSnapshot } from '../../src/contracts/dataset.js'
import { parse } from '../../src/contracts/validation.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import train from '../../src/jobs/train.js'
import { registryOf } from '../support/train.js'

const column = (name: string, type: DatasetColumn['type'], distinct: number, missing = 0): DatasetColumn => ({
  name,
  type,
  distinct,
  missing,
})
const snapshot: DatasetSnapshot = {
  name: 'people',
  version: 3,
  rows: 1000,
  columns: [
    column('id', 'text', 1000),
    column('age', 'integer', 60, 5),
    column('income', 'number', 800),
    column('city', 'category', 12, 1),
    column('member', 'boolean', 2),
    column('country', 'category', 1),
    column('outcome', 'category', 3),
  ],
  parts: [],
}
const minimal: TrainRequest = { type: 'train', model: 'm', dataset: 'people', target: 'outcome' }
const champion = {
  model: 'm',
  version: 4,
  sha256: 'ab',
  blobs: ['ab', 'cd'],
  dataset: { name: 'people', version: 2 },
  task: '',
  target: '',
  classes: [],
}
const resolve = (extra: Partial<TrainRequest> = {}, known = snapshot) =>
  train.resolve({ ...minimal, ...extra }, registryOf({ snapshot: known }))

test('accumulated gradients cost the memory of one more set of weights, larger batches that of their rows', async () => {
  const bytesOf = async (training: TrainRequest['training'] = {}) =>
    (await resolve({ training, hyperparameters: { hiddenUnits: [512] } })).plan
  const [plain, parts, large] = [
    await bytesOf({ batchSize: 8192 }),
    await bytesOf({ batchSize: 8192, gradientAccumulationSteps: 4 }),
    await bytesOf({ batchSize: 4 * 8192 }),
  ]
  assert.equal(parts.memoryBytes - plain.memoryBytes, 4 * (plain.parameters ?? 0))
  assert.ok(large.memoryBytes > parts.memoryBytes)
})

test('model, dataset and target are enough: all else is filled in, and shown', async () => {
  const { specification, plan } = await resolve()
  const { snapshot: _, transforms, ...rest } = specification
  assert.deepEqual(rest, {
    type: 'train',
    model: 'm',
    dataset: 'people@3',
    target: 'outcome',
    task: 'tabular-classification',
    mergeLabels: true,
    features: ['id', 'age', 'income', 'city', 'member'],
    family: 'mlp',
    hyperparameters: { hiddenUnits: [64, 64], activation: 'relu', dropout: 0, l2: 0 },
    inputShape: null,
    training: rest.training,
    evaluation: { testSplit: 0.2, seed: 1, split: { by: 'stratified' } },
    deploy: { alias: 'champion', when: 'better' },
    update: null,
    keepPredictions: { perSecond: 1000, days: 7, maxBytes: 1024 ** 3 },
    targetFindings: [],
    champion: null,
  })
  assert.deepEqual(
    transforms.map(({ name, columns }) => [name, columns]),
    [
      ['impute', ['age', 'income']],
      ['scale', ['age', 'income']],
      ['impute', ['member']],
      ['one-hot', ['city']],
      ['one-hot', ['id']],
    ],
  )
  assert.match(plan.reasons.task ?? '', /category/)
  assert.deepEqual(
    plan.warnings.map(({ code }) => code),
    ['constant', 'identifier'],
  )
})

test('the specification holds against its own schema, so that the trainer takes it', async () => {
  const { specification } = await resolve({ keepPredictions: false, update: { everyLabels: 200 } })
  assert.deepEqual(parse(train.specification, JSON.parse(JSON.stringify(specification))), specification)
})

test('the plan knows the width of the network’s input and counts its weights', async () => {
  const { plan } = await resolve({ features: ['age', 'city'] })
  // age, age:missing, 12 cities, city=(missing)
  assert.equal(plan.parameters, (15 + 1) * 64 + (64 + 1) * 64 + (64 + 1) * 3)
  assert.ok(plan.memoryBytes > 600e6 && plan.memoryBytes < 2e9)
  assert.ok((plan.secondsEstimate ?? 0) >= 1)
})

test('a table larger than memory counts with what stays in memory: the network’s rows and some of its columns', async () => {
  const columns = Array.from({ length: 30 }, (_, index) => ({
    name: `x${index}`,
    type: 'number' as const,
    missing: 0,
    distinct: 1_000_000,
  }))
  const target = snapshot.columns.find(({ name }) => name === minimal.target) as (typeof columns)[number]
  const bytesAt = async (rows: number) =>
    (await resolve({ training: { batchSize: 4096 } }, { ...snapshot, rows, columns: [...columns, target] }))
      .plan.memoryBytes
  const [one, ten, twenty] = [await bytesAt(1_000_000), await bytesAt(10_000_000), await bytesAt(20_000_000)]
  // 8 bytes a value of the table would be 2.5 GB alone.
  assert.ok(one > 1e9 && ten < 3.5e9, `${one} and ${ten} bytes`)
  const networkBytes = 10_000_000 * 0.8 * 30 * 4
  assert.equal(twenty - ten, networkBytes + 10_000_000 * (64 + 4 * 8))
})

test('few rows train without validation, many in larger batches', async () => {
  const few = (await resolve({}, { ...snapshot, rows: 49 })).specification.training
  assert.deepEqual([few.validationSplit, few.earlyStopping, few.batchSize], [0, null, 32])
  const many = (await resolve({}, { ...snapshot, rows: 100_001 })).specification.training
  assert.deepEqual([many.validationSplit, many.earlyStopping?.patience, many.batchSize], [0.2, 5, 256])
  assert.equal((await resolve({ training: { epochs: 7 } })).specification.training.earlyStopping, null)
})

test('below 1,000 rows the default units are smooth; given ones are kept', async () => {
  const few = { ...snapshot, rows: 999 }
  const activationOf = async (...given: Parameters<typeof resolve>) =>
    (await resolve(...given)).specification.hyperparameters.activation
  assert.deepEqual([await activationOf({}, few), await activationOf()], ['elu', 'relu'])
  assert.equal(await activationOf({ hyperparameters: { activation: 'relu' } }, few), 'relu')
})

test('a regression is split by chance, for it has no classes', async () => {
  const { evaluation } = (await resolve({ target: 'income' })).specification
  assert.deepEqual(evaluation.split, { by: 'random' })
})

test('an augmentation is filled in, and there is none by default', async () => {
  const training = { augmentation: [{ name: 'noise' }] }
  const { specification } = await resolve({ training })
  assert.deepEqual(specification.training.augmentation, [{ name: 'noise', deviation: 0.1 }])
  assert.deepEqual((await resolve()).specification.training.augmentation, [])
})

test('what rows are split by is a feature only where the job names it', async () => {
  const byCity = { evaluation: { split: { by: 'group', column: 'member' } } } as const
  const { features } = (await resolve(byCity)).specification
  assert.deepEqual(features, ['id', 'age', 'income', 'city'])
  const named = await resolve({ ...byCity, features: ['age', 'member'] })
  assert.deepEqual(named.specification.features, ['age', 'member'])
})

test('where a column says which rows are test rows there is no share of them', async () => {
  const { evaluation } = (await resolve({ evaluation: { split: { by: 'column', column: 'id' } } }))
    .specification
  assert.deepEqual(evaluation, { testSplit: null, seed: 1, split: { by: 'column', column: 'id' } })
})

test('the version to compare with travels by hash and number', async () => {
  const { specification, blobs } = await train.resolve(minimal, registryOf({ snapshot }, champion))
  assert.deepEqual(specification.champion, { version: 4 })
  assert.deepEqual(blobs, { champion: 'ab', 'champion-0': 'ab', 'champion-1': 'cd' })
})

const refusals: [string, Partial<TrainRequest>, string, RegExp][] = [
  ['an unknown target', { target: 'result' }, 'target', /id, age, income.*"result"/],
  ['an unknown feature', { features: ['age', 'hight'] }, 'features', /id, age, income.*"hight"/],
  ['the target among the features', { features: ['age', 'outcome'] }, 'features', /without the target/],
  ['an unknown task', { task: 'tabular' }, 'task', /tabular-classification, tabular-regression/],
  ['an unknown family', { family: 'forest' }, 'family', /mlp.*"forest"/],
  [
    'an unknown hyperparameter',
    { hyperparameters: { depth: 3 } },
    'hyperparameters.depth',
    /no such property/,
  ],
  [
    'too wide a layer',
    { hyperparameters: { hiddenUnits: [70_000] } },
    'hyperparameters.hiddenUnits[0]',
    /65536/,
  ],
  [
    'a layout that the columns do not fill',
    { features: ['age', 'member'], inputShape: [2, 2] },
    'inputShape',
    /\[columns\] for the family mlp, whose product is 3.*\[2,2\]/,
  ],
  [
    'class weights of a regression',
    { target: 'income', training: { classWeights: 'balanced' } },
    'training.classWeights',
    /a regression has no classes/,
  ],
  ...(
    [
      ['an unknown column', { by: 'group', column: 'town' }, 'column', /id, age, income.*"town"/],
      ['no column', { by: 'time' }, 'column', /a column of the dataset beside the target.*nothing/],
      ['the target', { by: 'group', column: 'outcome' }, 'column', /beside the target/],
      [
        'a column that it does not look at',
        { by: 'random', column: 'city' },
        'column',
        /none, since a random/,
      ],
      [
        'a column with missing values',
        { by: 'group', column: 'city' },
        'column',
        /city without one in 1 rows/,
      ],
      [
        'a constant column',
        { by: 'group', column: 'country' },
        'column',
        /two different values.*1 in country/,
      ],
      ['flags in place of times', { by: 'time', column: 'member' }, 'column', /numbers or times.*boolean/],
      [
        'numbers in place of parts',
        { by: 'column', column: 'income' },
        'column',
        /train, validation and test.*number/,
      ],
      ['an unknown way', { by: 'weather' }, 'by', /stratified.*"weather"/],
    ] as const
  ).map(([what, split, field, message]): [string, Partial<TrainRequest>, string, RegExp] => [
    `a split by ${what}`,
    { evaluation: { split: split as NonNullable<TrainRequest['evaluation']>['split'] & object } },
    `evaluation.split.${field}`,
    message,
  ]),
  [
    'a stratified split of a regression',
    { target: 'income', evaluation: { split: { by: 'stratified' } } },
    'evaluation.split.by',
    /a regression has no classes/,
  ],
  [
    'a share of test rows where a column says them',
    { evaluation: { testSplit: 0.3, split: { by: 'column', column: 'id' } } },
    'evaluation.testSplit',
    /none, since id says/,
  ],
  ['regression of text', { task: 'tabular-regression' }, 'target', /not numeric/],
  ['a target with one class', { target: 'country' }, 'target', /one class/],
  [
    'an unknown transform',
    { transforms: [{ name: 'shrink', columns: 'age' }] },
    'transforms[0].name',
    /one of .*impute.*one-hot.*scale/,
  ],
  [
    'an unknown option of a transform',
    { features: ['age'], transforms: [{ name: 'one-hot', columns: 'age', options: { max: 3 } }] },
    'transforms[0].options.max',
    /no such property/,
  ],
  [
    'a transform without columns',
    { features: ['age'], transforms: [{ name: 'scale', columns: 'x*' }] },
    'transforms[0].columns',
    /columns among age/,
  ],
  [
    'a column with missing values that no step fills',
    { features: ['age'], transforms: [{ name: 'scale', columns: 'age' }] },
    'transforms',
    /an impute step.*"age"/,
  ],
  [
    'text that no transform makes numeric',
    { features: ['city', 'age'], transforms: [{ name: 'impute', columns: 'age' }] },
    'features.city',
    /numeric after the transforms/,
  ],
]
for (const [what, request, path, message] of refusals) {
  test(`${what} is a 422 that names the field and what exists`, async () => {
    await assert.rejects(
      resolve(request),
      (error: { code: string; message: string; errors: { path: string }[] }) => {
        assert.equal(error.code, 'specification-invalid')
        assert.equal(error.errors[0]?.path, path)
        assert.match(error.message, message)
        return true
      },
    )
  })
}
