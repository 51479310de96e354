import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Table } from '../../src/contracts/table.js'
import { loadMetrics } from '../../src/evaluation/catalogue.js'
import { importanceOf } from '../../src/evaluation/importance.js'
import { contextOf } from '../../src/evaluation/slices/context-rows.js'
import { slicesOf } from '../../src/evaluation/slices/slices.js'

const metrics = await loadMetrics()
const ROWS = 400
const rows = Array.from({ length: ROWS }, (_, row) => row)
const cities = ['Bonn', 'Ulm', 'Köln']

/** Answers are right but in Ulm, where they are wrong above age 50; ten rows are of Köln, and every fifth has no age. */
const cityOf = (row: number) => (row < 10 ? 2 : row % 2)
const ageOf = (row: number) => (row % 5 === 4 ? Number.NaN : (row * 7) % 100)
const table: Table = {
  rows: ROWS,
  columns: [
    { kind: 'numeric', name: 'age', values: Float64Array.from(rows, ageOf) },
    { kind: 'text', name: 'city', codes: Int32Array.from(rows, cityOf), dictionary: cities },
    { kind: 'numeric', name: 'member', values: Float64Array.from(rows, (row) => (row % 3 === 0 ? 1 : 0)) },
  ],
}
const yTrue = Float64Array.from(rows, (row) => (row % 4 === 0 ? 1 : 0))
const isWrong = (row: number) => cityOf(row) === 1 && ageOf(row) > 50
const answered = (row: number) => (isWrong(row) ? 1 - (yTrue[row] as number) : (yTrue[row] as number))
const outputs = Float64Array.from(rows.flatMap((row) => (answered(row) === 1 ? [0.1, 0.9] : [0.9, 0.1])))
const context = { yTrue, outputs, units: 2 }
const types = new Map([
  ['age', 'number'],
  ['city', 'category'],
  ['member', 'boolean'],
] as const)
const names = ['accuracy', 'f1-macro', 'log-loss']
const slices = slicesOf({ table, context, types, names, metrics })

test('the worst slice comes first, with its rows and every metric', () => {
  const [worst = assert.fail()] = slices.worst
  assert.equal(worst.column, 'age')
  assert.ok(Number(worst.from) > 50)
  const ulm = slices.worst.find(({ value }) => value === 'Ulm') ?? assert.fail('no Ulm')
  const inUlm = Int32Array.from(rows.filter((row) => cityOf(row) === 1))
  assert.equal(ulm.rows, inUlm.length)
  assert.deepEqual(Object.keys(ulm.metrics), names)
  const accuracy = metrics.get('accuracy')?.compute(contextOf(context, inUlm)).value ?? Number.NaN
  assert.equal(ulm.metrics.accuracy, accuracy)
  const whole = 1 - rows.filter(isWrong).length / ROWS
  assert.ok(Math.abs((ulm.difference ?? 9) - (accuracy - whole)) < 1e-12)
  const differences = slices.worst.map(({ difference }) => difference ?? Infinity)
  assert.deepEqual(
    differences,
    [...differences].sort((a, b) => a - b),
  )
})

test('slices of fewer than 30 rows are left out and counted', () => {
  assert.equal(slices.smallSlices, 1)
  assert.ok(slices.worst.every(({ value }) => value !== 'Köln'))
  assert.equal(slices.slices, slices.worst.length)
})

test('numbers are cut into quarters that hold every row once, and missing ones are a slice', () => {
  const ages = slices.worst.filter(({ column }) => column === 'age')
  assert.equal(
    ages.reduce((sum, slice) => sum + slice.rows, 0),
    ROWS,
  )
  assert.equal(ages.find(({ value }) => value === null)?.rows, 80)
  const ranges = ages
    .flatMap(({ from, to, rows }) =>
      from === undefined ? [] : [{ from: Number(from), to: Number(to), rows }],
    )
    .sort((a, b) => a.from - b.from)
  assert.equal(ranges.length, 4)
  for (const [at, { from, rows }] of ranges.entries()) {
    assert.ok(rows >= 70 && rows <= 90)
    assert.ok(at === 0 || from > (ranges[at - 1]?.to ?? 0))
  }
})

test('dates are told as ISO 8601, and lists are sliced by their items', () => {
  const day = Float64Array.from(rows, (row) => Date.UTC(2024, 0, 1 + (row % 40)))
  const kept = Float64Array.from(rows, (row) => Date.UTC(2024, 0, 1 + (row % 2)))
  const codes = Int32Array.from(rows, (row) => (row % 4) - 1)
  const few = slicesOf({
    table: {
      rows: ROWS,
      columns: [
        { kind: 'numeric', name: 'day', values: day },
        { kind: 'numeric', name: 'kept', values: kept },
        { kind: 'text', name: 'tags', codes, dictionary: ['["a","b"]', '["b"]', '[]'] },
      ],
    },
    context,
    types: new Map([
      ['day', 'date'],
      ['kept', 'date'],
      ['tags', 'list'],
    ]),
    names,
    metrics,
  }).worst
  const of = (wanted: string) => few.filter(({ column }) => column === wanted)
  assert.deepEqual(
    of('day')
      .map(({ from, to }) => `${from} ${to}`)
      .sort(),
    ['01-01 2024-01-10', '01-11 2024-01-20', '01-21 2024-01-30', '01-31 2024-02-09'].map(
      (each) => `2024-${each}`,
    ),
  )
  assert.deepEqual(
    of('kept')
      .map(({ value }) => value)
      .sort(),
    ['2024-01-01', '2024-01-02'],
  )
  assert.deepEqual(Object.fromEntries(of('tags').map(({ value, rows }) => [String(value), rows])), {
    null: 100,
    a: 100,
    b: 200,
  })
})

test('booleans are sliced by value, before numbers; at most 40 columns are', () => {
  assert.deepEqual(slices.columns, ['city', 'member', 'age'])
  assert.ok(slices.worst.some(({ column, value }) => column === 'member' && value === true))
  const wide = {
    rows: ROWS,
    columns: Array.from({ length: 60 }, (_, at) => ({ ...table.columns[0], name: `c${at}` })),
  }
  const { columns, columnsLeftOut, worst } = slicesOf({
    table: wide as Table,
    context,
    types,
    names,
    metrics,
  })
  assert.deepEqual([columns.length, columnsLeftOut, worst.length], [40, 20, 50])
  const asked = slicesOf({ table: wide as Table, first: ['c59'], context, types, names, metrics })
  assert.deepEqual([asked.columns[0], asked.columns.length], ['c59', 40])
})

test('a column that answers hang on is important, one that they do not use is not', async () => {
  const [, city = assert.fail()] = table.columns
  const answer = async ({ columns }: Table) => {
    const [, { codes }] = columns as [unknown, { codes: Int32Array }]
    return Float64Array.from(rows.flatMap((row) => ((codes[row] as number) === 1 ? [0, 1] : [1, 0])))
  }
  const inUlm = { yTrue: Float64Array.from(rows, (row) => (cityOf(row) === 1 ? 1 : 0)), units: 2 }
  const options = { table, metric: 'accuracy', metrics, answer, signal: new AbortController().signal }
  const result = await importanceOf({ ...options, context: { ...inUlm, outputs: await answer(table) } })
  assert.equal(result.columns[0]?.column, city.name)
  assert.ok(Math.abs((result.columns[0]?.loss ?? 0) - 0.5) < 0.1)
  assert.deepEqual(
    result.columns.slice(1).map(({ loss }) => loss),
    [0, 0],
  )
  const cancelled = { ...options, context: { ...inUlm, outputs }, signal: AbortSignal.abort() }
  await assert.rejects(importanceOf(cancelled), { name: 'AbortError' })
})
