import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumericColumn, Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { openColumnStore } from '../../src/datasets/columns/column-store.js'
import { isReadLater } from '../../src/datasets/columns/later-column.js'
import { copyRows, selectRows, sliceRows } from '../../src/datasets/select-rows.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { fitSteps } from '../../src/transforms/chain/fit-steps.js'
import { storedTable } from '../support/stored-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const ROWS = 50_000
const transforms = await loadTransforms()
const table: Table = {
  rows: ROWS,
  columns: ['a', 'b'].map((name, column) => ({
    kind: 'numeric',
    name,
    values: Float64Array.from({ length: ROWS }, (_, row) =>
      (row + column) % 9 === 4 ? Number.NaN : Math.sin(row * (column + 1)) * 10 ** (row % 5),
    ),
  })),
}
const training = Int32Array.from({ length: 0.8 * ROWS }, (_, at) => Math.floor(at * 1.25))
const steps = [
  { name: 'impute', options: { strategy: 'median', indicator: true } },
  { name: 'scale', options: { method: 'robust' } },
  { name: 'scale', options: { method: 'standard' } },
].map(({ name, options }) => {
  const transform = transforms.get(name) ?? assert.fail(name)
  return { transform, columns: '*', options: parse(transform.options, options) }
})
const context = { targets: new Float64Array(training.length), classes: 2, seed: 1 }

test('values that training makes again, whole and in parts, are those of one step after the other', async (t) => {
  const store = openColumnStore({ folder: await temporaryFolder(), heldBytes: 0 })
  t.after(() => store.close())
  const fitted = await fitSteps(selectRows(storedTable(table, store), training), { steps, store, ...context })
  let expected = copyRows(table, training).columns as readonly NumericColumn[]
  for (const [index, { transform, options }] of steps.entries()) {
    const state = await transform.fit(expected, options, context)
    assert.deepEqual(fitted.transforms[index]?.state, JSON.parse(JSON.stringify(state)))
    expected = (await transform.apply(expected, state, options)) as readonly NumericColumn[]
  }
  assert.deepEqual(
    fitted.columns.map(({ name }) => name),
    ['a', 'a:missing', 'b', 'b:missing'],
  )
  for (const [index, column] of fitted.columns.entries()) {
    const made = (await column.read()) as NumericColumn
    const { values } = expected[index] as NumericColumn
    assert.ok(isReadLater(made))
    assert.deepEqual(made.values, values)
    const part = sliceRows({ rows: training.length, columns: [made] }, { from: 16_000, to: 36_001 })
      .columns[0]
    assert.deepEqual((part as NumericColumn).values, values.subarray(16_000, 36_001))
  }
})
