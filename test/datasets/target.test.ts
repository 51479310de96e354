import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findLeakage } from '../../src/datasets/examine/leakage.js'
import { examineTarget } from '../../src/datasets/examine/target.js'
import type { SampleColumn } from '../../src/datasets/sample-rows.js'
import { uniform } from '../support/drawn-rows.js'

const rows = 2000
const column = (name: string, value: (row: number) => SampleColumn['values'][number]): SampleColumn => ({
  name,
  values: Array.from({ length: rows }, (_, row) => value(row)),
})
const draw = uniform(7)
const classes = Float64Array.from({ length: rows }, () => (draw() < 0.25 ? 1 : 0))
const quantity = Float64Array.from({ length: rows }, () => Math.exp(3 * draw()))
const leaksOf = (columns: SampleColumn[], target: Float64Array, kind: 'classification' | 'regression') =>
  findLeakage(columns, { target, kind }).map(({ column }) => column)

describe('leakage', () => {
  test('is a copy of a class, with gaps, in several spellings, or with a wrong cell here and there', () => {
    const copies = [
      column('copy', (row) => `c${classes[row]}`),
      column('with gaps', (row) => (row % 7 === 0 ? null : (classes[row] as number))),
      column('spelt', (row) => `${row % 3 === 0 ? 'C' : 'c'}${classes[row]}`),
      column('nearly', (row) => (row % 250 === 0 ? 1 - (classes[row] as number) : (classes[row] as number))),
      column('score', (row) => (classes[row] as number) * 5 + draw()),
      column('present', (row) => (classes[row] === 1 ? draw() : null)),
    ]
    assert.deepEqual(
      leaksOf(copies, classes, 'classification'),
      copies.map(({ name }) => name),
    )
  })

  test('is a copy of a quantity, scaled, rounded or bent', () => {
    const copies = [
      column('copy', (row) => quantity[row] as number),
      column('scaled', (row) => -3 * (quantity[row] as number) + 1),
      column('rounded', (row) => Math.round(10 * (quantity[row] as number)) / 10),
      column('bent', (row) => Math.log(quantity[row] as number)),
    ]
    assert.deepEqual(
      leaksOf(copies, quantity, 'regression'),
      copies.map(({ name }) => name),
    )
  })

  test('is no row number, no name and no column that is merely good', () => {
    const others = [
      column('row number', (row) => row),
      column('name', (row) => `n${row}`),
      column('group of three', (row) => `g${Math.floor(row / 3)}`),
      column('noise', () => draw()),
      column('good', (row) => (draw() < 0.05 ? 'x' : `c${classes[row]}`)),
      column('empty', () => null),
    ]
    assert.deepEqual(leaksOf(others, classes, 'classification'), [])
    const near = column('near', (row) => (quantity[row] as number) * (0.7 + 0.6 * draw()))
    assert.deepEqual(leaksOf([...others.slice(0, 4), near], quantity, 'regression'), [])
  })

  test('is not looked for in a handful of rows', () => {
    const few = Array.from({ length: 20 }, (_, row) => row % 2)
    const target = Float64Array.from(few)
    assert.deepEqual(leaksOf([{ name: 'copy', values: few }], target, 'classification'), [])
  })
})

describe('what a job is told about its target', () => {
  const labels = column('label', (row) => (row % 40 === 0 ? 'Rare' : row % 3 === 0 ? 'yes.' : 'Yes'))
  const counts = new Map<string, number>()
  for (const label of labels.values) counts.set(String(label), (counts.get(String(label)) ?? 0) + 1)
  const about = (mergeLabels: boolean) =>
    examineTarget({ target: 'label', kind: 'classification', mergeLabels }, { counts, sample: [labels] })

  test('counts what is merged, and the classes that are left', () => {
    const { classes, findings } = about(true)
    assert.equal(classes, 2)
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['label-case', 'class-imbalance'],
    )
    const merged = counts.get('yes.')
    assert.ok(findings[0]?.detail.startsWith(`1 spelling (${merged} rows) is merged`))
    assert.match(findings[1]?.detail ?? '', /^"Yes" has 1950 rows, "Rare" 50/)
  })

  test('nothing is merged where labels are to be kept apart', () => {
    const { classes, findings } = about(false)
    assert.equal(classes, 3)
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['class-imbalance'],
    )
  })
})
