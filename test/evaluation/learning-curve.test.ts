import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorAt, fitCurve } from '../../src/evaluation/learning-curve/fit-curve.js'
import { judgeCurve } from '../../src/evaluation/learning-curve/judge-curve.js'

const sizes = [100, 250, 500, 1000]
const curveOf = (errorOf: (rows: number) => number) => sizes.map((rows) => ({ rows, error: errorOf(rows) }))

test('the inverse power law behind exact errors is found again', () => {
  const law = { floor: 0.1, scale: 2, exponent: 0.5 }
  const fit = fitCurve(curveOf((rows) => errorAt(law, rows))) ?? assert.fail()
  for (const rows of [100, 1000, 2000, 100_000]) {
    assert.ok(Math.abs(errorAt(fit, rows) - errorAt(law, rows)) < 1e-9)
  }
})

test('a floor is never below 0, and noise about a law leaves its forecast near', () => {
  const steep = fitCurve(curveOf((rows) => 1 / rows - 0.0005)) ?? assert.fail()
  assert.ok(steep.floor >= 0 && errorAt(steep, 1e9) >= 0)
  const noise = [0.002, -0.002, 0.001, -0.001]
  const noisy = sizes.map((rows, at) => ({ rows, error: 0.05 + rows ** -0.4 + (noise[at] as number) }))
  assert.ok(Math.abs(errorAt(fitCurve(noisy) ?? assert.fail(), 2000) - (0.05 + 2000 ** -0.4)) < 0.01)
})

test('errors that rise, and fewer than three sizes, have no law', () => {
  assert.equal(fitCurve(curveOf((rows) => rows / 1000)), null)
  assert.equal(fitCurve(curveOf(() => 0.5)), null)
  assert.equal(
    fitCurve([
      { rows: 1, error: 2 },
      { rows: 2, error: 1 },
    ]),
    null,
  )
})

const judge = (errorOf: (rows: number) => number | null, pValue: number | null, metric = 'accuracy') =>
  judgeCurve({
    metric,
    direction: metric === 'accuracy' ? 'maximise' : 'minimise',
    points: sizes.map((rows) => {
      const error = errorOf(rows)
      const value = error === null || metric !== 'accuracy' ? error : 1 - error
      return { share: rows / 1000, rows, job: null, value, metrics: {} }
    }),
    lastStep: pValue === null ? null : { test: 'mcnemar-exact', pValue },
  })
const falling = (rows: number) => 0.05 + 2 * rows ** -0.5

test('more data would help where the error still falls by more than chance', () => {
  const { verdict, statement, atTwice } = judge(falling, 0.001)
  assert.equal(verdict, 'yes')
  assert.equal(atTwice?.toFixed(4), (1 - falling(2000)).toFixed(4))
  assert.match(
    statement,
    /^More data would help: from 100 to 1000 rows accuracy went from 0.75 to 0.8868; with twice as many rows about 0.905/,
  )
})

test('it may help where the last step may be chance, and can not be told from two sizes', () => {
  assert.match(
    judge(falling, 0.4).statement,
    /^More data may help: .* though the last step may be chance \(p = 0.40\)/,
  )
  const { verdict, statement } = judge((rows) => (rows < 500 ? null : 0.5), 0.001)
  assert.equal(verdict, 'unclear')
  assert.match(statement, /known of 2 sizes/)
})

test('it would hardly help where the curve is flat or rises', () => {
  assert.equal(judge((rows) => 0.2 + rows ** -2, 0.5).verdict, 'no')
  assert.match(judge((rows) => rows / 2000, 0.5, 'rmse').statement, /does not get better with more rows/)
})

test('errors are told in the metric’s own unit', () => {
  const { statement, atTwice } = judge((rows) => 50 + 300 * rows ** -0.5, 0.001, 'rmse')
  assert.equal(atTwice?.toFixed(2), (50 + 300 * 2000 ** -0.5).toFixed(2))
  assert.match(statement, /rmse went from 80 to 59.49/)
})
