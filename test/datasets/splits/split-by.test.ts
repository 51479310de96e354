import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlywheelError } from '../../../src/contracts/errors.js'
import type { SplitRule } from '../../../src/contracts/split.js'
import type { ScalarColumn, Table } from '../../../src/contracts/table.js'
import { rowsKeptOut, type Split, splitLearnt, splitRows } from '../../../src/datasets/split-rows.js'
import type { SplitterOptions } from '../../../src/datasets/splits/splitter.js'
import { numbers, texts } from './ways.js'

const chance = { testSplit: 0.2, validationSplit: 0.25, testSeed: 1, validationSeed: 42 }
const parts = ['training', 'validation', 'test'] as const

interface Case {
  readonly table: Table
  readonly split: Split
  readonly strata: Float64Array
}

/** Splits rows of two classes by a column. */
function by(
  way: NonNullable<SplitterOptions['by']>,
  column: ScalarColumn,
  options: Partial<typeof chance> & { strata?: Float64Array } = {},
): Case {
  const rows = column.kind === 'text' ? column.codes.length : column.values.length
  const { strata = Float64Array.from({ length: rows }, (_, row) => row % 2), ...shares } = options
  const x = numbers('x', [...strata.keys()])
  const content: Table = { rows, columns: [x] }
  const split = splitRows({ by: way, column, content, strata, ...chance, ...shares })
  return { table: { rows, columns: [x, column] }, split, strata }
}

/** What a version that learnt so can tell later: the same rows, from the rule as it is stored. */
function assertReproducible({ table, split, strata }: Case) {
  const rule: SplitRule = JSON.parse(JSON.stringify(split.rule))
  const held = rowsKeptOut(table, strata, rule)
  assert.deepEqual(held, split.test)
  const isHeld = new Set(held)
  const known = strata.map((stratum, row) => (isHeld.has(row) ? Number.NaN : stratum))
  const { training, validation } = splitLearnt({ table, strata: known, rule }, chance)
  assert.deepEqual([training, validation], [split.training, split.validation])
  assert.equal(rowsKeptOut({ ...table, columns: [] }, strata, rule).length, 0)
}

const refusal = (path: string, message: RegExp) => (error: FlywheelError) => {
  assert.equal(error.code, 'specification-invalid')
  assert.equal(error.errors[0]?.path, path)
  assert.match(error.message, message)
  return true
}
const COLUMN = 'evaluation.split.column'

test('no group stands in two parts, whatever their sizes, and the shares are about those asked for', () => {
  for (let testSeed = 0; testSeed < 20; testSeed++) {
    const patients = Array.from({ length: 1000 }, (_, row) => `patient ${Math.floor(Math.sqrt(row * 3))}`)
    const found = by('group', texts('patient', patients), { testSeed })
    const groups = parts.map((part) => new Set(Array.from(found.split[part], (row) => patients[row])))
    assert.equal(
      groups.reduce((sum, { size }) => sum + size, 0),
      new Set(patients).size,
    )
    const { training, validation, test: kept } = found.split
    assert.equal(training.length + validation.length + kept.length, 1000)
    assert.ok(kept.length >= 100 && kept.length <= 300, `${kept.length} test rows`)
    assert.ok(validation.length >= 80 && validation.length <= 320, `${validation.length} validation rows`)
    assertReproducible(found)
  }
})

test('a group that is known stays in its part when rows and groups are appended', () => {
  const group = (row: number) => (row * 7919) % 50
  const first = by(
    'group',
    numbers(
      'shop',
      Array.from({ length: 500 }, (_, row) => group(row)),
    ),
  )
  const longer = numbers(
    'shop',
    Array.from({ length: 700 }, (_, row) => (row < 600 ? group(row) : row)),
  )
  const { table, strata } = by('group', longer)
  const later = rowsKeptOut(table, strata, first.split.rule)
  const kept = new Set(Array.from(first.split.test, group))
  assert.deepEqual(
    later.filter((row) => row < 600),
    Int32Array.from({ length: 600 }, (_, row) => row).filter((row) => kept.has(group(row))),
  )
})

test('of few large groups the smallest is kept out', () => {
  const hospitals = texts('hospital', ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c', 'c', 'c'])
  const found = by('group', hospitals)
  assert.deepEqual([...found.split.test], [4, 5, 6])
  assert.equal(found.split.validation.length, 4)
  assertReproducible(found)
})

test('the newest rows are test rows, the next validation rows, and rows of one time stay together', () => {
  const times = [3, 1, 2, 9, 9, 4, 5, 8, 7, 6]
  const found = by('time', numbers('day', times), { testSplit: 0.1 })
  const timesOf = (part: Int32Array) => Array.from(part, (row) => times[row]).sort()
  assert.deepEqual(timesOf(found.split.test), [9, 9])
  assert.deepEqual(timesOf(found.split.validation), [7, 8])
  assert.deepEqual(timesOf(found.split.training), [1, 2, 3, 4, 5, 6])
  assertReproducible(found)
})

test('times are read as ISO 8601, and rows that came later than a version are new to it', () => {
  const days = [
    '2024-03-01',
    '2023-12-31T23:59:59Z',
    '2024-03-01 00:30',
    '2024-02-29',
    '2024-03-02T01:00+02:00',
  ]
  const { split } = by('time', texts('when', days), { testSplit: 0.4, validationSplit: 0 })
  assert.deepEqual([...split.test], [2, 4])
  const later = by('time', texts('when', [...days, '2025-01-01', '2020-01-01']))
  assert.deepEqual([...rowsKeptOut(later.table, later.strata, split.rule)], [2, 4, 5])
})

test('a column says train, validation and test, in any case', () => {
  const said = texts('part', ['train', ' Test ', 'validation', 'TRAINING', 'valid', 'test', 'train'])
  const found = by('column', said)
  assert.deepEqual(
    parts.map((part) => [...found.split[part]]),
    [
      [0, 3, 6],
      [2, 4],
      [1, 5],
    ],
  )
  assertReproducible(found)
})

test('where a column names no validation rows they are chosen by chance from its training rows', () => {
  const said = texts(
    'part',
    Array.from({ length: 100 }, (_, row) => (row < 80 ? 'train' : 'test')),
  )
  const found = by('column', said)
  assert.equal(found.split.validation.length, 20)
  assert.ok(found.split.validation.every((row) => row < 80))
  assertReproducible(found)
})

test('rows without a target are in no part and need no group', () => {
  const strata = Float64Array.of(Number.NaN, 0, 1, 0, 1)
  const { split } = by('group', texts('shop', [null, 'a', 'b', 'c', 'd']), { strata })
  assert.equal(split.unusable, 1)
  assert.ok(parts.every((part) => !split[part].includes(0)))
})

const refusals: [string, () => unknown, string, RegExp][] = [
  [
    'a row without a group',
    () => by('group', texts('shop', ['a', null, 'b', null])),
    COLUMN,
    /a value of shop in every row with a target, received none in row 2 and 1 more/,
  ],
  ['one group', () => by('group', texts('shop', ['a', 'a', 'a'])), COLUMN, /two groups.*received 1 in shop/],
  [
    'no group left for validation',
    () => by('group', texts('shop', ['a', 'a', 'b', 'b'])),
    'training.validationSplit',
    /expected 0, since the rows beside the test rows are of 1 group in shop/,
  ],
  [
    'a text that is no time',
    () => by('time', texts('day', ['2024-01-01', 'yesterday', '2024-02-30'])),
    COLUMN,
    /a time such as 2024-05-31T12:30 of day.*received "yesterday" in row 2 and 1 more/,
  ],
  [
    'one time',
    () => by('time', numbers('day', [5, 5, 5])),
    COLUMN,
    /two times at least, received one time in day/,
  ],
  [
    'no time left for validation',
    () => by('time', numbers('day', [5, 5, 6])),
    'training.validationSplit',
    /expected 0, since the rows beside the test rows are of one time/,
  ],
  [
    'a word that names no part',
    () => by('column', texts('part', ['train', 'holdout', 'test'])),
    COLUMN,
    /train, validation or test of part.*received "holdout" in row 2/,
  ],
  [
    'no test rows',
    () => by('column', texts('part', ['train', 'train'])),
    COLUMN,
    /rows that are test in part/,
  ],
  [
    'no training rows',
    () => by('column', texts('part', ['test', 'valid'])),
    COLUMN,
    /rows that are train in part/,
  ],
]

for (const [what, attempt, path, message] of refusals) {
  test(`a split with ${what} is refused and names the field`, () => {
    assert.throws(attempt, refusal(path, message))
  })
}
