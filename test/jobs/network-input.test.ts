import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RowKind } from '../../src/contracts/family.js'
import { networkInput } from '../../src/jobs/train/network-input.js'

const shape = (rows: readonly RowKind[], columns: number, given?: number[]) =>
  networkInput({ name: 'some', rows }, { given, row: { rowKind: 'vector', shape: [columns] } }).shape

test('columns are a vector, a square grey image or a series of single numbers', () => {
  assert.deepEqual(shape(['vector'], 7), [7])
  assert.deepEqual(shape(['image'], 784), [28, 28, 1])
  assert.deepEqual(shape(['tokens', 'series'], 12), [12, 1])
})

test('a given layout is taken when its product is the number of columns', () => {
  assert.deepEqual(shape(['image'], 60, [4, 5, 3]), [4, 5, 3])
  assert.deepEqual(shape(['series'], 12, [4, 3]), [4, 3])
  assert.throws(() => shape(['series'], 12, [4, 4]), /inputShape: expected \[steps, features\].*12.*\[4,4\]/)
  assert.throws(() => shape(['image'], 16, [4, 4]), /\[height, width, channels\]/)
})

test('columns that make no square image need a layout', () => {
  assert.throws(() => shape(['image'], 10), /inputShape: expected \[height, width, channels\]/)
  assert.throws(() => shape(['image'], 9), /inputShape/)
})

test('blocks that the transforms give go to families that take them, as they are', () => {
  const row = { rowKind: 'tokens', shape: [8], tokens: 100 } as const
  const input = networkInput({ name: 'some', rows: ['series', 'tokens'] }, { given: undefined, row })
  assert.deepEqual(input, { name: 'features', shape: [8], tokens: 100 })
  const mlp = { name: 'mlp', rows: ['vector'] } as const
  assert.throws(
    () => networkInput(mlp, { given: undefined, row }),
    /family: expected .*tokens rows; mlp takes vector/,
  )
  assert.throws(() => networkInput(mlp, { given: [8], row }), /inputShape: expected none/)
})
