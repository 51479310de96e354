import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import bin from '../../src/transforms/bin.js'
import clip from '../../src/transforms/clip.js'
import { normalQuantile } from '../../src/transforms/columns/normal-quantile.js'
import log from '../../src/transforms/log.js'
import power from '../../src/transforms/power.js'
import quantile from '../../src/transforms/quantile.js'
import scale from '../../src/transforms/scale.js'
import { assertClose, firstValues, golden, type Numbers, numeric, valuesOf } from './sklearn.js'

const columns = Object.entries(golden.columns as Record<string, Numbers>)
const known = (values: Numbers) => values.filter((value) => value !== null)
const later = numeric('x', ...golden.later)

test('scale takes median and interquartile range as scikit-learn’s RobustScaler', () => {
  for (const [name, values] of columns) {
    const state = scale.fit([numeric('x', ...values)], { method: 'robust' })
    const expected = golden.robust[name]
    assertClose(firstValues(scale.apply([numeric('x', ...values)], state)), expected.training, name)
    assertClose(firstValues(scale.apply([later], state)), expected.later, `${name}, later`)
  }
})

test('quantile spreads values as scikit-learn’s QuantileTransformer, with ties, constants and values beyond the range', () => {
  const cases = [
    ['quantile-uniform', { distribution: 'uniform', quantiles: 10 }],
    ['quantile-normal', { distribution: 'normal', quantiles: 1000 }],
  ] as const
  for (const [key, options] of cases) {
    for (const [name, values] of columns) {
      const column = numeric('x', ...values)
      const state = quantile.fit([column], options)
      const expected = golden[key][name]
      assertClose(firstValues(quantile.apply([column], state, options)), expected.training, `${key}, ${name}`)
      assertClose(
        firstValues(quantile.apply([later], state, options)),
        expected.later,
        `${key}, ${name}, later`,
      )
    }
  }
})

test('quantile makes a column without any training value 0', () => {
  const options = parse(quantile.options, {})
  const state = quantile.fit([numeric('x', null, null)], options)
  assert.deepEqual(firstValues(quantile.apply([numeric('x', 4, null)], state, options)), [0, Number.NaN])
})

test('the normal distribution’s quantiles are SciPy’s', () => {
  for (const [share, expected] of golden['normal-quantile']) {
    assertClose([normalQuantile(share)], [expected], `${share}`, 1e-13)
  }
  assert.deepEqual(
    [normalQuantile(0), normalQuantile(1)],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  )
})

test('power finds scikit-learn’s powers, as far as SciPy’s search is exact, and makes the same of the values', () => {
  for (const [name, expected] of Object.entries<{
    lambda: number
    training: Numbers
    standardized: Numbers
  }>(golden.power)) {
    const column = numeric('x', ...golden.columns[name])
    // SciPy ends its search when the power is known to 1.48e-8.
    assertClose(power.fit([column], { standardize: false }).lambda, [expected.lambda], name, 1e-7)
    const theirs = { lambda: [expected.lambda], subtract: [0], divideBy: [1] }
    assertClose(firstValues(power.apply([column], theirs)), expected.training, name)
    const standardized = power.apply([column], power.fit([column], { standardize: true }))
    assertClose(firstValues(standardized), expected.standardized, `${name}, standardized`, 1e-6)
  }
})

test('power leaves a constant column as it is', () => {
  const column = numeric('x', 3, 3, null)
  assertClose(firstValues(power.apply([column], power.fit([column], { standardize: false }))), [3, 3, null])
})

test('log shortens both tails and keeps zero', () => {
  const e = Math.E - 1
  assertClose(firstValues(log.apply([numeric('x', e, 0, -e, null)])), [1, 0, -1, null])
})

test('bin finds the ranges that scikit-learn’s KBinsDiscretizer finds', () => {
  for (const strategy of ['uniform', 'quantile'] as const) {
    for (const [name, expected] of Object.entries<{ training: Numbers; later: Numbers }>(
      golden.bins[strategy],
    )) {
      const column = numeric('x', ...known(golden.columns[name]))
      const options = { bins: 4, strategy, encode: 'ordinal' } as const
      const state = bin.fit([column], options)
      assertClose(firstValues(bin.apply([column], state, options)), expected.training, `${strategy}, ${name}`)
      assertClose(
        firstValues(bin.apply([numeric('x', ...known(golden.later))], state, options)),
        expected.later,
      )
    }
  }
})

test('bin gives each range a column, and missing values one if training had any', () => {
  const options = { bins: 2, strategy: 'uniform', encode: 'one-hot' } as const
  const gappy = bin.fit([numeric('x', 0, 10, null)], options)
  assert.deepEqual(valuesOf(bin.apply([numeric('x', -5, 5, 99, null)], gappy, options)), {
    'x:bin-0': [1, 0, 0, 0],
    'x:bin-1': [0, 1, 1, 0],
    'x:bin-(missing)': [0, 0, 0, 1],
  })
  const full = bin.fit([numeric('x', 0, 10)], options)
  assert.deepEqual(valuesOf(bin.apply([numeric('x', null)], full, options)), {
    'x:bin-0': [0],
    'x:bin-1': [0],
  })
})

test('clip brings outliers to the bounds of quantiles, of quartiles, or to given ones', () => {
  const column = numeric('x', ...Array.from({ length: 101 }, (_, at) => at))
  const ends = (options: unknown) => {
    const parsed = parse(clip.options, options)
    return firstValues(clip.apply([numeric('x', -1000, 50, 1000, null)], clip.fit([column], parsed)))
  }
  assert.deepEqual(ends({}), [1, 50, 99, Number.NaN])
  assert.deepEqual(ends({ method: 'quantile', lower: 0.1, upper: 0.5 }), [10, 50, 50, Number.NaN])
  assert.deepEqual(ends({ method: 'iqr' }), [-50, 50, 150, Number.NaN])
  assert.deepEqual(ends({ method: 'range', maximum: 60 }), [-1000, 50, 60, Number.NaN])
  assert.throws(() => parse(clip.options, { method: 'range' }), /method|minimum|maximum|properties|form/)
})
