import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { fitChain } from '../../src/transforms/chain/fit-chain.js'
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
