import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScalarColumn, Table } from '../../src/contracts/table.js'
import { rowsKeptOut, type SplitRequest, splitRows } from '../../src/datasets/split-rows.js'

/** Rows that differ, in classes of 70, 20 and 10 per cent. */
function rows(count: number): { table: Table; strata: Float64Array } {
  const texts = ['a', 'b', 'c']
  const strata = Float64Array.from({ length: count }, (_, row) => (row % 10 < 7 ? 0 : row % 10 < 9 ? 1 : 2))
  return {
    table: {
      rows: count,
      columns: [
        { kind: 'numeric', name: 'x', values: Float64Array.from({ length: count }, (_, row) => row * 1.5) },
        { kind: 'text', name: 'y', codes: Int32Array.from(strata), dictionary: texts },
      ],
    },
    strata,
  }
}
const shares = { testSplit: 0.2, validationSplit: 0.2, testSeed: 1, validationSeed: 42 }

/** Splits by the content of the whole table. */
const split = ({ table, ...request }: { table: Table } & Omit<SplitRequest, 'by' | 'column' | 'content'>) =>
  splitRows({ by: 'stratified', column: null, content: table, ...request })

test('every usable row stands in one part, and each class has its share in each', () => {
  const { table, strata } = rows(1000)
  strata[3] = Number.NaN
  const { training, validation, test: kept, unusable } = split({ table, strata, ...shares })
  assert.equal(unusable, 1)
  assert.equal(new Set([...training, ...validation, ...kept]).size, 999)
  assert.equal(training.length + validation.length + kept.length, 999)
  const ofClass = (part: Int32Array, index: number) => part.filter((row) => strata[row] === index).length
  assert.deepEqual(
    [0, 1, 2].map((index) => ofClass(kept, index)),
    [140, 40, 20],
  )
  assert.deepEqual(
    [0, 1, 2].map((index) => ofClass(validation, index)),
    [112, 32, 16],
  )
})

test('the test rows depend on content and seed, not on order, coding or the training seed', () => {
  const { table, strata } = rows(500)
  const first = split({ table, strata, ...shares })
  const order = Int32Array.from({ length: 500 }, (_, at) => (at * 37 + 11) % 500)
  const shuffled: Table = {
    rows: 500,
    columns: (table.columns as ScalarColumn[]).map((column) =>
      column.kind === 'numeric'
        ? { ...column, values: Float64Array.from(order, (row) => column.values[row] as number) }
        : {
            ...column,
            codes: Int32Array.from(order, (row) => 2 - (column.codes[row] as number)),
            dictionary: ['c', 'b', 'a'],
          },
    ),
  }
  const shuffledStrata = Float64Array.from(order, (row) => strata[row] as number)
  const second = split({ table: shuffled, strata: shuffledStrata, ...shares, validationSeed: 7 })
  assert.deepEqual(
    [...second.test].map((at) => order[at] as number).sort((a, b) => a - b),
    [...first.test],
  )
  assert.notDeepEqual(split({ table, strata, ...shares, testSeed: 2 }).test, first.test)
  assert.notDeepEqual(split({ table, strata, ...shares, validationSeed: 7 }).validation, first.validation)
})

test('appended rows leave nearly the same rows out', () => {
  const before = new Set(split({ ...rows(1000), ...shares }).test)
  const after = split({ ...rows(1200), ...shares }).test.filter((row) => row < 1000)
  const common = after.filter((row) => before.has(row)).length
  assert.ok(common >= 180, `${common} of 200 are still test rows`)
})

test('equal rows never stand on both sides, and many equal ones stay in training', () => {
  const values = Float64Array.from({ length: 300 }, (_, row) => (row < 100 ? 7 : row % 60))
  const table: Table = { rows: 300, columns: [{ kind: 'numeric', name: 'x', values }] }
  const strata = new Float64Array(300)
  for (let testSeed = 0; testSeed < 20; testSeed++) {
    const parts = split({ table, strata, ...shares, testSeed })
    const contents = (part: Int32Array) => new Set([...part].map((row) => values[row]))
    const [training, validation, kept] = [parts.training, parts.validation, parts.test].map(contents)
    assert.ok(training?.has(7) || validation?.has(7))
    assert.ok(parts.test.length >= 56 && parts.test.length <= 64, `${parts.test.length}`)
    for (const value of kept ?? []) assert.ok(!training?.has(value) && !validation?.has(value))
    for (const value of validation ?? []) assert.ok(!training?.has(value))
    assert.deepEqual(rowsKeptOut(table, strata, parts.rule), parts.test)
  }
})

test('the rule finds the test rows again, in a longer table and by name', () => {
  const parts = split({ ...rows(1000), ...shares })
  const { table, strata } = rows(1500)
  const reversed: Table = { rows: 1500, columns: [...table.columns].reverse() }
  const found = rowsKeptOut(reversed, strata, JSON.parse(JSON.stringify(parts.rule)))
  assert.deepEqual(
    found.filter((row) => row < 1000),
    parts.test,
  )
  assert.ok(found.length > parts.test.length)
  const without: Table = { rows: 1500, columns: table.columns.slice(1) }
  assert.equal(rowsKeptOut(without, strata, parts.rule).length, 0)
})

test('a class of one row, or of one content, stays in training', () => {
  const table: Table = {
    rows: 4,
    columns: [{ kind: 'numeric', name: 'x', values: Float64Array.of(1, 2, 2, 2) }],
  }
  const parts = split({ table, strata: Float64Array.of(0, 1, 1, 1), ...shares, testSplit: 0.5 })
  assert.deepEqual([...parts.training], [0, 1, 2, 3])
})

test('a hundred thousand rows of 100 columns are split in a second', () => {
  const values = Float64Array.from({ length: 100_000 }, (_, row) => Math.sin(row))
  const columns = Array.from({ length: 100 }, (_, index) => ({
    kind: 'numeric' as const,
    name: `p${index}`,
    values,
  }))
  const start = process.cpuUsage()
  split({ table: { rows: 100_000, columns }, strata: new Float64Array(100_000), ...shares })
  const seconds = process.cpuUsage(start).user / 1e6
  assert.ok(seconds < 4, `${seconds} s`)
})
