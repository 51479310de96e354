import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlywheelError } from '../../../src/contracts/errors.js'
import { splitRows } from '../../../src/datasets/split-rows.js'
import { type Fold, foldRows } from '../../../src/datasets/splits/fold-rows.js'
import { numbers, texts, way } from './ways.js'

const seed = 1
const count = (rows: number, of: (row: number) => number) => Array.from({ length: rows }, (_, row) => of(row))

/** Every row is held out once and learnt from in all other folds. */
function assertPartition(folds: readonly Fold[], rows: Int32Array) {
  assert.deepEqual(
    folds.flatMap(({ heldOut }) => [...heldOut]).sort((a, b) => a - b),
    [...rows],
  )
  for (const { training, heldOut } of folds) {
    assert.equal(training.length + heldOut.length, rows.length)
    assert.equal(new Set([...training, ...heldOut]).size, rows.length)
  }
}

test('stratified folds have equal shares of each class', () => {
  const strata = count(203, (row) => (row % 10 < 7 ? 0 : row % 10 < 9 ? 1 : 2))
  const { splitter, rows } = way('stratified', { strata })
  const folds = foldRows(splitter, rows, { folds: 5, seed })
  assertPartition(folds, rows)
  for (const { heldOut } of folds) {
    assert.ok(heldOut.length === 40 || heldOut.length === 41)
    const sizes = [0, 1, 2].map((stratum) => heldOut.filter((row) => strata[row] === stratum).length)
    const [a = 0, b = 0, c = 0] = sizes
    assert.ok(Math.abs(a - 28.6) < 1 && b === 8 && c === 4, `${sizes}`)
  }
})

test('random folds are of equal sizes and depend on the seed', () => {
  const { splitter, rows } = way('random', { strata: count(102, () => 0) })
  const [one, same, other] = [1, 1, 2].map((each) => foldRows(splitter, rows, { folds: 4, seed: each }))
  assertPartition(one ?? [], rows)
  assert.deepEqual(
    one?.map(({ heldOut }) => heldOut.length),
    [26, 26, 25, 25],
  )
  assert.deepEqual(one, same)
  assert.notDeepEqual(one, other)
})

test('no group is in two folds, and large groups are shared out evenly', () => {
  const groups = count(300, (row) => Math.floor(Math.sqrt(row)))
  const { splitter, rows } = way('group', {
    strata: count(300, (row) => row % 2),
    column: numbers('g', groups),
  })
  const folds = foldRows(splitter, rows, { folds: 5, seed })
  assertPartition(folds, rows)
  const seen = folds.map(({ heldOut }) => new Set(Array.from(heldOut, (row) => groups[row])))
  assert.equal(
    seen.reduce((sum, { size }) => sum + size, 0),
    new Set(groups).size,
  )
  for (const { heldOut } of folds) assert.ok(Math.abs(heldOut.length - 60) <= 5, `${heldOut.length}`)
})

test('folds by time are those of scikit-learn’s TimeSeriesSplit: what is held out is newer than what is learnt', () => {
  const order = [7, 2, 9, 0, 4, 1, 8, 3, 6, 5]
  const { splitter, rows } = way('time', { strata: count(10, () => 0), column: numbers('t', order) })
  const folds = foldRows(splitter, rows, { folds: 3, seed })
  const times = (part: Int32Array) => Array.from(part, (row) => order[row]).sort()
  // list(TimeSeriesSplit(n_splits=3).split(range(10)))
  assert.deepEqual(
    folds.map(({ training, heldOut }) => [times(training), times(heldOut)]),
    [
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
      [
        [0, 1, 2, 3, 4, 5],
        [6, 7],
      ],
      [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [8, 9],
      ],
    ],
  )
})

test('rows of one time are in one fold', () => {
  const times = count(120, (row) => Math.floor(row / 7))
  const { splitter, rows } = way('time', { strata: count(120, () => 0), column: numbers('t', times) })
  for (const { training, heldOut } of foldRows(splitter, rows, { folds: 4, seed })) {
    const newest = Math.max(...Array.from(training, (row) => times[row] as number))
    assert.ok(heldOut.length > 0 && heldOut.every((row) => (times[row] as number) > newest))
  }
})

test('each value of a column is a fold', () => {
  const column = texts('fold', ['b', 'a', 'c', 'a', 'b'])
  const { splitter, rows } = way('column', { strata: count(5, () => 0), column })
  const folds = foldRows(splitter, rows, { folds: 3, seed })
  assert.deepEqual(
    folds.map(({ heldOut }) => [...heldOut]),
    [[1, 3], [0, 4], [2]],
  )
  assertPartition(folds, rows)
})

test('equal rows are in one fold', () => {
  const values = count(200, (row) => row % 37)
  const { options } = way('random', { strata: count(200, () => 0) })
  const content = { rows: 200, columns: [numbers('x', values)] }
  const tests = count(5, (index) => index).map(
    (index) =>
      splitRows({
        ...options,
        content,
        testSplit: 0.2,
        validationSplit: 0.1,
        testSeed: 1,
        validationSeed: 42,
        fold: { index, folds: 5 },
      }).test,
  )
  const seen = tests.map((rows) => new Set(Array.from(rows, (row) => values[row])))
  assert.equal(
    seen.reduce((sum, { size }) => sum + size, 0),
    37,
  )
})

test('a fold can stand for the test rows, and its training rows keep some for validation', () => {
  const strata = count(100, (row) => row % 2)
  const { options, splitter, rows } = way('stratified', { strata })
  const folds = foldRows(splitter, rows, { folds: 5, seed: 3 })
  const split = splitRows({
    ...options,
    testSplit: 0.2,
    validationSplit: 0.25,
    testSeed: 3,
    validationSeed: 42,
    fold: { index: 2, folds: 5 },
  })
  assert.deepEqual(split.test, folds[2]?.heldOut)
  assert.deepEqual(Int32Array.of(...split.training, ...split.validation).sort(), folds[2]?.training)
  assert.equal(split.validation.length, 20)
})

const refusals: [string, Parameters<typeof way>[0], ReturnType<typeof numbers>, RegExp][] = [
  ['rows', 'random', numbers('g', []), /at most as many folds as there are different rows: 4, received 5/],
  ['groups', 'group', numbers('g', [1, 2, 1, 3]), /at most as many folds as g has groups: 3, received 5/],
  ['times', 'time', numbers('g', [1, 2, 3, 4]), /each has times of its own .* of 4 times in g, received 5/],
  ['values', 'column', numbers('g', [1, 2, 1, 3]), /as many folds as g has values: 3, received 5/],
]
for (const [what, by, column, message] of refusals) {
  test(`fewer ${what} than folds are refused and name the field`, () => {
    const { splitter, rows } = way(by, { strata: [0, 0, 0, 0], column })
    assert.throws(
      () => foldRows(splitter, rows, { folds: 5, seed }),
      ({ errors, message: text }: FlywheelError) => {
        assert.match(text, message)
        return errors[0]?.path === 'evaluation.crossValidation.folds'
      },
    )
  })
}
