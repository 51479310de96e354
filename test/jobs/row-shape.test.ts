import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RowKind } from '../../src/contracts/family.js'
import { rowShape } from '../../src/jobs/train/row-shape.js'

const shape = (rows: readonly RowKind[], columns: number, given?: number[]) =>
  rowShape({ name: 'some', rows }, { given, columns })

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
