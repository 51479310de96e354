import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { read } from './reading.js'

const folder = process.env.FLYWHEEL_TEST_DATA ?? '../shared/data'
const skip = existsSync(folder) ? false : `there is no folder ${folder}: set FLYWHEEL_TEST_DATA`

const load = async (name: string) => {
  const bytes = await readFile(join(folder, name))
  return read(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}
const count = (columns: readonly { type: string }[], type: string) =>
  columns.filter((column) => column.type === type).length
const sum = (values: readonly unknown[] | undefined) =>
  (values ?? []).reduce<number>((total, value) => total + Number(value), 0)

test('iris has 150 rows, four numbers and three species', { skip }, async () => {
  const { rows, columns, values, report } = await load('iris.csv')
  assert.deepEqual([rows, count(columns, 'number'), count(columns, 'category')], [150, 4, 1])
  assert.equal(columns[4]?.distinct, 3)
  assert.ok(Math.abs(sum(values.sepal_length) - 876.5) < 1e-6)
  assert.deepEqual(report.errors, [])
})

test('adult has its integers and categories, and nothing missing', { skip }, async () => {
  const { rows, columns } = await load('adult.csv.gz')
  assert.equal(rows, 30_162)
  assert.equal(count(columns, 'integer') + count(columns, 'category'), columns.length)
  assert.equal(columns.find(({ name }) => name === 'education')?.distinct, 16)
  assert.ok(columns.every(({ missing }) => missing === 0))
})

test('diabetes is all numeric', { skip }, async () => {
  const { rows, columns } = await load('diabetes.csv')
  assert.equal(rows, 442)
  assert.equal(count(columns, 'integer') + count(columns, 'number'), 11)
})

test('digits keep every pixel', { skip }, async () => {
  const { rows, columns, values } = await load('mnist-5k.csv.gz')
  assert.deepEqual([rows, columns.length], [5000, 785])
  assert.deepEqual(columns[0], { name: 'label', type: 'integer', missing: 0, distinct: 10, rarestRows: 500 })
  const pixels = columns.slice(1).reduce((total, { name }) => total + sum(values[name]), 0)
  const bytes = gunzipSync(await readFile(join(folder, 'mnist-5k.csv.gz')))
  const [, ...lines] = bytes.toString().trim().split(/\r?\n/)
  const expected = lines.reduce((total, line) => total + sum(line.split(',').slice(1)), 0)
  assert.equal(pixels, expected)
})

test('reviews are free text with two labels', { skip }, async () => {
  const { rows, columns, report } = await load('movie-reviews.csv.gz')
  assert.equal(rows, 10_662)
  assert.deepEqual(
    columns.map(({ type }) => type),
    ['text', 'category'],
  )
  assert.ok(!report.findings.some(({ code }) => code === 'high-cardinality' || code === 'identifier'))
})
