import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FitContext } from '../../src/contracts/transform.js'
import { parse } from '../../src/contracts/validation.js'
import { eigenOf } from '../../src/transforms/columns/eigen.js'
import { chiSquared, fScore, mutualInformation } from '../../src/transforms/columns/scores.js'
import pca from '../../src/transforms/pca.js'
import select from '../../src/transforms/select.js'
import { assertClose, golden, type Numbers, numeric, valuesOf } from './sklearn.js'

const matrix = (golden.pca.matrix as Numbers[]).map((values, at) => numeric(`x${at}`, ...values))
const counts = (golden.select.counts as Numbers[]).map((values, at) => numeric(`n${at}`, ...values))
const contextOf = (targets: readonly number[], classes: number): FitContext => ({
  targets: Float64Array.from(targets),
  classes,
  seed: 1,
})
const three = contextOf(golden.targets.three, 3)
const value = contextOf(golden.targets.value, 0)

test('pca gives scikit-learn’s components, signs, and numbers of them', () => {
  const cases = [
    ['two', { components: 2 }],
    ['most', { explainedVariance: 0.9 }],
    ['whitened', { components: 3, whiten: true }],
  ] as const
  for (const [name, given] of cases) {
    const options = parse(pca.options, given)
    const state = pca.fit(matrix, options)
    const made = Object.entries(valuesOf(pca.apply(matrix, state, options)))
    const expected = golden.pca[name]
    assert.deepEqual(
      made.map(([column]) => column),
      expected.transformed.map((_: unknown, at: number) => `pca:${at}`),
    )
    for (const [at, [, values]] of made.entries())
      assertClose(values, expected.transformed[at], `${name} ${at}`)
    if (name === 'two')
      for (const at of [0, 1]) assertClose(state.components[at] ?? [], expected.components[at])
  }
})

test('pca takes columns that depend on each other, and fewer rows than columns', () => {
  const options = parse(pca.options, { components: 3, whiten: true })
  const columns = [numeric('a', 1, 2), numeric('b', 2, 4), numeric('c', 5, 5)]
  const made = valuesOf(pca.apply(columns, pca.fit(columns, options), options))
  assertClose(made['pca:0'] ?? [], [-Math.SQRT1_2, Math.SQRT1_2])
  for (const name of ['pca:1', 'pca:2']) assertClose(made[name] ?? [], [0, 0])
})

test('pca refuses missing values by column, and more components than columns', () => {
  const fit = (given: object) =>
    pca.fit([numeric('a', 1, 2), numeric('b', 1, null)], parse(pca.options, given))
  assert.throws(() => fit({}), /columns: expected columns without missing values.*received b/)
  assert.throws(
    () => fit({ components: 3 }),
    /options\.components: expected at most the number of columns, 2/,
  )
})

test('eigenvectors of a large symmetric matrix are orthonormal and rebuild it', () => {
  const size = 120
  const a = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => Math.cos(i * j + i + j)),
  )
  const { values, vectors } = eigenOf(a.map((row) => row.slice()))
  const dot = (x: Float64Array, y: Float64Array) =>
    x.reduce((sum, each, at) => sum + each * (y[at] as number), 0)
  for (const [at, vector] of vectors.entries()) {
    assertClose(
      a.map((row) => dot(row, vector)),
      [...vector].map((each) => each * (values[at] as number)),
      `${at}`,
      1e-12,
    )
    assertClose(
      [dot(vector, vector), dot(vector, vectors[(at + 1) % size] as Float64Array)],
      [1, 0],
      `${at}`,
      1e-12,
    )
    assert.ok(at === 0 || (values[at] as number) <= (values[at - 1] as number))
  }
})

test('scores are scikit-learn’s', () => {
  const all = (columns: typeof matrix, score: typeof fScore, context: FitContext) =>
    columns.map(({ values }) => score({ values, ...context }))
  assertClose(all(matrix, fScore, three), golden.select['f-classes'])
  assertClose(all(matrix, fScore, value), golden.select['f-values'])
  assertClose(all(counts, chiSquared, three), golden.select.chi2)
  assertClose(all(counts, mutualInformation, three), golden.select['mutual-information'])
})

const kept = (given: object, context: FitContext, columns = matrix) => {
  const options = parse(select.options, given)
  return select.fit(columns, options, context).kept
}

test('select keeps the columns of the best scores in their order, undefined scores last', () => {
  const scores = golden.select['f-classes'] as number[]
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number))
  assert.deepEqual(kept({ method: 'top-k', k: 2, score: 'f' }, three), order.slice(0, 2).sort())
  const withConstant = [numeric('c', ...golden.targets.three.map(() => 1)), ...matrix]
  assert.deepEqual(kept({ method: 'top-k', k: 4, score: 'f' }, three, withConstant), [1, 2, 3, 4])
})

test('select finds a relation that is not linear, and one with missing values', () => {
  const rows = Array.from({ length: 200 }, (_, row) => row)
  const context = contextOf(
    rows.map((row) => (row - 100) ** 2),
    0,
  )
  const columns = [
    numeric('noise', ...rows.map((row) => Math.sin(row * row))),
    numeric('parabola', ...rows.map((row) => row)),
    numeric('gaps', ...rows.map((row) => (Math.abs(row - 100) < 50 ? null : 1))),
  ]
  assert.deepEqual(kept({ method: 'top-k', k: 2 }, context, columns), [1, 2])
})

test('select leaves columns out that do not vary enough', () => {
  const columns = [
    numeric('constant', 0.1, 0.1, 0.1),
    numeric('small', 1, 1, 1.1),
    numeric('large', 1, 5, null),
  ]
  assert.deepEqual(kept({}, value, columns), [1, 2])
  assert.deepEqual(kept({ threshold: 1 }, value, columns), [2])
  assert.throws(
    () => kept({ threshold: 100 }, value, columns),
    /options\.threshold: expected one that leaves some column/,
  )
})

test('select refuses chi2 for regressions and for negative values, by name', () => {
  assert.throws(
    () => kept({ method: 'top-k', score: 'chi2' }, value, counts),
    /options\.score: .*mutual-information or f/,
  )
  assert.throws(() => kept({ method: 'top-k', score: 'chi2' }, three), /without negative values.*received x0/)
})
