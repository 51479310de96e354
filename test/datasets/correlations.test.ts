import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { correlationRatio, cramersV, pearson, ranksOf } from '../../src/datasets/profile/association.js'
import { associations } from '../../src/datasets/profile/correlations.js'
import { uniform } from '../support/drawn-rows.js'

const near = (value: number | undefined, expected: number) =>
  assert.ok(Math.abs((value ?? Number.NaN) - expected) < 1e-12, `${value} is not ${expected}`)
const missing = Number.NaN
/** Anscombe’s first quartet (1973). */
const x = Float64Array.of(10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
const y = Float64Array.of(8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)

describe('association', () => {
  test('of numbers is Pearson’s, of their ranks Spearman’s', () => {
    near(pearson(x, y)?.value, 0.81642051634484)
    near(pearson(ranksOf(x), ranksOf(y))?.value, 0.8181818181818182)
    assert.deepEqual([...ranksOf(Float64Array.of(3, 1, missing, 3, 2))], [3.5, 1, missing, 3.5, 2])
  })

  test('keeps its digits among large numbers, and leaves missing ones out', () => {
    const far = x.map((value) => value + 1e9)
    near(pearson(far, y)?.value, 0.81642051634484)
    const gappy = Float64Array.of(...x, missing, 3)
    const other = Float64Array.of(...y, 100, missing)
    const found = pearson(gappy, other)
    near(found?.value, 0.81642051634484)
    assert.equal(found?.rows, 11)
  })

  test('of two categories is Cramér’s V without its bias', () => {
    // 2 × 2: 30, 10, 10, 30 of 80. χ²/n = 0.25; Bergsma: φ² = 0.25 − 1/79, width 2 − 1/79.
    const a = Int32Array.from({ length: 80 }, (_, row) => (row < 40 ? 0 : 1))
    const b = Int32Array.from({ length: 80 }, (_, row) => ((row < 40 ? row < 30 : row >= 70) ? 0 : 1))
    near(cramersV(a, b)?.value, Math.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))
    near(cramersV(a, a)?.value, 1)
    assert.equal(
      cramersV(
        a,
        Int32Array.from({ length: 80 }, (_, row) => row % 2),
      )?.value,
      0,
    )
  })

  test('of numbers by categories is the correlation ratio', () => {
    // Means 2 and 5 around 3.5 in groups of three: 13.5 of 17.5.
    const ratio = correlationRatio(Float64Array.of(1, 2, 3, 4, 5, 6), Int32Array.of(0, 0, 0, 1, 1, 1))
    near(ratio?.value, Math.sqrt(13.5 / 17.5))
  })

  test('is undefined where nothing varies or fewer than three rows have both', () => {
    assert.equal(
      pearson(
        x,
        x.map(() => 2),
      ),
      null,
    )
    assert.equal(pearson(Float64Array.of(1, 2), Float64Array.of(1, 2)), null)
    assert.equal(cramersV(Int32Array.of(0, 0, 0), Int32Array.of(0, 1, 2)), null)
    assert.equal(correlationRatio(Float64Array.of(1, 1, 1), Int32Array.of(0, 1, 1)), null)
  })
})

test('every pair of columns gets the measure of its kinds, in a moment', () => {
  const draw = uniform(9)
  const rows = Array.from({ length: 10_000 }, () => draw())
  const numbers = Array.from({ length: 40 }, (_, column) => ({
    name: `n${column}`,
    values: rows.map((value) => (draw() < 0.1 ? null : value + column * draw())),
  }))
  const categories = Array.from({ length: 25 }, (_, column) => ({
    name: `c${column}`,
    values: rows.map((value) => (column === 0 ? value > 0.5 : `v${Math.floor(draw() * 100)}`)),
  }))
  const before = process.cpuUsage()
  const pairs = associations({ numbers, categories })
  const { user, system } = process.cpuUsage(before)
  assert.equal(pairs.length, 780 + 1000 + 300)
  const measured = (a: string, b: string) =>
    pairs.find(({ columns }) => columns[0] === a && columns[1] === b)?.measure
  assert.deepEqual(
    [measured('n0', 'n1'), measured('n0', 'c0'), measured('c0', 'c1')],
    ['pearson', 'correlation-ratio', 'cramers-v'],
  )
  assert.ok(user + system < 5e6, `${(user + system) / 1e6} s`)
})
