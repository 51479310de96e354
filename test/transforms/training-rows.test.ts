import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { fitChain } from '../../src/transforms/chain/fit-chain.js'
import { changeOf } from '../../src/transforms/chain/row-changes.js'
import type { TransformStep } from '../../src/transforms/chain/steps.js'
import { numeric, text } from './sklearn.js'

const transforms = await loadTransforms()
const table: Table = {
  rows: 6,
  columns: [numeric('age', 20, null, 40, 50, null, 60), text('city', 'a', 'a', null, 'b', null, 'b')],
}
const fitted = (steps: readonly TransformStep[], targets = [0, 1, 0, 1, 0, 1]) =>
  fitChain(table, {
    steps: steps.map(({ name, columns, options = {} }) => {
      const transform = transforms.get(name) ?? assert.fail(name)
      return { transform, columns, options: parse(transform.options, options) }
    }),
    targets: Float64Array.from(targets),
    classes: 2,
    seed: 1,
  })

test('later steps are fitted on the rows that a step has left', async () => {
  const { training, transforms: steps } = await fitted([
    { name: 'drop-missing', columns: 'age' },
    { name: 'impute', columns: 'age', options: { strategy: 'mean' } },
    { name: 'one-hot', columns: 'city' },
  ])
  assert.deepEqual([...training.rows], [0, 2, 3, 5])
  assert.deepEqual(training.changes, [
    { step: 'transforms[0]', transform: 'drop-missing', before: 6, dropped: 2, repeated: 0, after: 4 },
  ])
  assert.deepEqual(steps[1]?.state, { fill: [42.5], indicator: [false] })
})

test('drop-missing drops rows with any value missing, or with all of them', async () => {
  const rowsOf = async (options: Record<string, unknown>) => [
    ...(
      await fitted([
        { name: 'drop-missing', columns: '*', options },
        { name: 'impute', columns: 'age' },
        { name: 'one-hot', columns: 'city' },
      ])
    ).training.rows,
  ]
  assert.deepEqual(await rowsOf({}), [0, 3, 5])
  assert.deepEqual(await rowsOf({ when: 'all' }), [0, 1, 2, 3, 5])
})

test('a step that leaves no rows to learn from is refused', async () => {
  const empty = { ...table, columns: [numeric('age', null, null, null, null, null, 1)] }
  const step = {
    transform: transforms.get('drop-missing') ?? assert.fail(),
    columns: '*',
    options: { when: 'any' },
  }
  const context = { targets: new Float64Array(6), classes: 0, seed: 1 }
  await assert.rejects(fitChain(empty, { steps: [step], ...context }), {
    code: 'specification-invalid',
    message: /transforms\[0\]: expected .*two different training rows.*leaves 1 of 6/,
  })
})

test('encodings that are fitted on other folds are what the training rows get', async () => {
  const steps = [
    { name: 'target-encode', columns: 'city' },
    { name: 'impute', columns: 'age' },
  ]
  const { training } = await fitted(steps)
  const columns = await (training.columns ?? assert.fail())()
  assert.deepEqual(
    columns.map(({ name, values }) => [name, values.length]),
    [
      ['age', 6],
      ['city:target', 6],
    ],
  )
  assert.equal(
    (
      await fitted([
        { name: 'impute', columns: 'age' },
        { name: 'one-hot', columns: 'city' },
      ])
    ).training.columns,
    null,
  )
})

const encoded = [
  { name: 'impute', columns: 'age' },
  { name: 'one-hot', columns: 'city' },
]
const changed = async (step: TransformStep, targets?: number[]) =>
  (await fitted([step, ...encoded], targets)).training

test('deduplicate keeps the first of equal rows, and looks at the target unless told otherwise', async () => {
  const twice: Table = {
    rows: 5,
    columns: [numeric('age', 1, 1, null, null, 0), text('city', 'a', 'a', null, null, 'a')],
  }
  const rowsOf = async (ignoreTarget: boolean) => {
    const transform = transforms.get('deduplicate') ?? assert.fail()
    const filled = encoded.map(({ name, columns }) => {
      const transform = transforms.get(name) ?? assert.fail()
      return { transform, columns, options: parse(transform.options, {}) }
    })
    const steps = [{ transform, columns: '*', options: { ignoreTarget } }, ...filled]
    const targets = Float64Array.of(0, 1, 1, 1, 0)
    return [...(await fitChain(twice, { steps, targets, classes: 2, seed: 1 })).training.rows]
  }
  assert.deepEqual(await rowsOf(false), [0, 1, 2, 4])
  assert.deepEqual(await rowsOf(true), [0, 2, 4])
})

test('drop-outliers drops rows beyond the bounds, and no missing values', async () => {
  const { rows } = await changed({
    name: 'drop-outliers',
    columns: 'age',
    options: { method: 'range', maximum: 45 },
  })
  assert.deepEqual([...rows], [0, 1, 2, 4])
})

test('balance repeats rows of rare classes until all are alike, each as often as the others', async () => {
  const { rows, changes } = await changed({ name: 'balance', columns: '*' }, [0, 1, 1, 1, 1, 0])
  assert.deepEqual([...rows], [0, 0, 1, 2, 3, 4, 5, 5])
  assert.deepEqual(changes[0], {
    step: 'transforms[0]',
    transform: 'balance',
    before: 6,
    dropped: 0,
    repeated: 2,
    after: 8,
  })
})

test('balance shows no row more often than maxCopies', async () => {
  const options = { maxCopies: 2 }
  const { rows } = await changed({ name: 'balance', columns: '*', options }, [0, 1, 1, 1, 1, 1])
  assert.deepEqual([...rows], [0, 0, 1, 2, 3, 4, 5])
})

test('balance leaves rows of frequent classes out, up to a ratio', async () => {
  const sizes = async (ratio: number) => {
    const step = { name: 'balance', columns: '*', options: { method: 'undersample', ratio } }
    const { rows } = await changed(step, [0, 1, 1, 1, 1, 0])
    return [rows.filter((row) => row % 5 === 0).length, rows.filter((row) => row % 5 !== 0).length]
  }
  assert.deepEqual(await sizes(1), [2, 2])
  assert.deepEqual(await sizes(0.67), [2, 3])
})

test('balance lets rows of rare classes count more in the loss, as scikit-learn’s balanced weights', async () => {
  const step = { name: 'balance', columns: '*', options: { method: 'weights' } }
  const { rows, weights, changes } = await changed(step, [0, 1, 1, 1, 1, 0])
  assert.deepEqual([...rows], [0, 1, 2, 3, 4, 5])
  // compute_sample_weight('balanced', [0, 1, 1, 1, 1, 0])
  assert.deepEqual([...(weights ?? [])], [1.5, 0.75, 0.75, 0.75, 0.75, 1.5])
  assert.deepEqual(changes[0], {
    step: 'transforms[0]',
    transform: 'balance',
    before: 6,
    dropped: 0,
    repeated: 0,
    after: 6,
    weights: { least: 0.75, most: 1.5 },
  })
})

test('what rows count follows them through later steps, up to a ratio and as many copies', async () => {
  const weighed = { name: 'balance', columns: '*', options: { method: 'weights', ratio: 0.75 } }
  const { training } = await fitted(
    [weighed, { name: 'drop-missing', columns: '*' }, ...encoded],
    [0, 1, 1, 1, 1, 0],
  )
  assert.deepEqual([...training.rows], [0, 3, 5])
  // 2 rows count as 3 of 4: 6 rows as 7.
  assert.deepEqual([...(training.weights ?? [])], [(1.5 * 6) / 7, 6 / 7, (1.5 * 6) / 7])
  const capped = { ...weighed, options: { method: 'weights', maxCopies: 2 } }
  const { weights } = await changed(capped, [0, 1, 1, 1, 1, 1])
  assert.deepEqual(weights?.[0], (weights?.[1] ?? 0) * 2)
  assert.equal((await changed({ name: 'balance', columns: '*' })).weights, null)
})

test('balance is refused in a regression, by its place in the list', async () => {
  const { transform, columns, options } = {
    transform: transforms.get('balance') ?? assert.fail(),
    columns: '*',
    options: { method: 'oversample', ratio: 1, maxCopies: 100 },
  }
  const steps = [{ transform, columns, options }]
  await assert.rejects(fitChain(table, { steps, targets: new Float64Array(6), classes: 0, seed: 1 }), {
    code: 'specification-invalid',
    message: /^transforms\[0\] \(balance\): .*regression/,
  })
})

test('a step may leave more rows than a Set holds', () => {
  const all = 2 ** 24 + 2
  const rows = new Int32Array(all)
  for (let row = 0; row < all; row++) rows[row] = row
  rows[1] = 0
  const change = changeOf(rows, { step: 'transforms[0]', transform: 'balance', before: all, weights: null })
  assert.deepEqual([change.dropped, change.repeated, change.after], [1, 1, all])
})
