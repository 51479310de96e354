import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column, NumericColumn, TextColumn } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import impute from '../../src/transforms/impute.js'
import oneHot from '../../src/transforms/one-hot.js'
import scale from '../../src/transforms/scale.js'

const numeric = (name: string, ...values: number[]): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
})
const text = (name: string, ...values: (string | null)[]): TextColumn => {
  const dictionary = [...new Set(values.filter((value) => value !== null))]
  return {
    kind: 'text',
    name,
    codes: Int32Array.from(values, (value) => (value === null ? -1 : dictionary.indexOf(value))),
    dictionary,
  }
}
const valuesOf = (columns: readonly Column[]) =>
  Object.fromEntries(columns.map((column) => [column.name, [...(column as NumericColumn).values]]))

test('scale standardises with the population deviation, as scikit-learn does', () => {
  const column = numeric('x', 1, 2, 4, 9)
  const state = scale.fit([column], { method: 'standard' })
  const expected = [-0.9733285267845753, -0.6488856845230502, 0, 1.6222142113076254]
  assert.deepEqual(valuesOf(scale.apply([column], state)), { x: expected })
})

test('scale brings training values to 0…1, does not clip later ones, and keeps missing ones missing', () => {
  const state = scale.fit([numeric('x', 10, 20)], { method: 'min-max' })
  const later = scale.apply([numeric('x', 15, 40, Number.NaN)], state)
  assert.deepEqual(valuesOf(later), { x: [0.5, 3, Number.NaN] })
})

test('scale makes a constant column zero instead of dividing by nothing', () => {
  const column = numeric('x', 0.1, 0.1, 0.1)
  for (const method of ['standard', 'min-max'] as const) {
    const state = scale.fit([column], { method })
    assert.ok(valuesOf(scale.apply([column], state)).x?.every((value) => Math.abs(value) < 1e-15))
  }
})

test('scale divides by what it is given, and takes nothing else beside it', () => {
  const options = parse(scale.options, { divideBy: 255 })
  assert.deepEqual(options, { divideBy: 255 })
  assert.deepEqual(parse(scale.options, {}), { method: 'standard' })
  assert.throws(() => parse(scale.options, { divideBy: 0 }), /divideBy/)
  assert.throws(() => parse(scale.options, { divideBy: 2, method: 'min-max' }), /divideBy|method/)
})

test('impute fills with the mean, the median, the most frequent value or a constant', () => {
  const column = numeric('x', 5, 1, 1, 9, Number.NaN)
  const filled = (options: unknown) => {
    const parsed = parse(impute.options, options) as Parameters<typeof impute.fit>[1]
    return valuesOf(impute.apply([column], impute.fit([column], parsed))).x?.[4]
  }
  assert.equal(filled({ strategy: 'mean' }), 4)
  assert.equal(filled({}), 3)
  assert.equal(filled({ strategy: 'most-frequent' }), 1)
  assert.equal(filled({ strategy: 'constant', value: -7 }), -7)
})

test('impute marks what was missing, for columns that had missing training values alone', () => {
  const options = { strategy: 'median', indicator: true } as const
  const state = impute.fit([numeric('x', 1, Number.NaN), numeric('y', 1, 2)], options)
  const later = impute.apply([numeric('x', Number.NaN, 4), numeric('y', Number.NaN, 4)], state)
  assert.deepEqual(valuesOf(later), { x: [1, 4], 'x:missing': [1, 0], y: [1.5, 4] })
})

test('impute fills text with the most frequent value and refuses a median of text', () => {
  const column = text('x', 'b', 'a', 'b', null)
  const options = { strategy: 'most-frequent', indicator: false } as const
  const [filled] = impute.apply([column], impute.fit([column], options)) as [TextColumn]
  assert.deepEqual(
    [...filled.codes].map((code) => filled.dictionary[code]),
    ['b', 'a', 'b', 'b'],
  )
  assert.throws(
    () => impute.fit([column], { strategy: 'median', indicator: false }),
    /options.strategy: expected most-frequent .*x, which is text/,
  )
})

test('one-hot gives each frequent value a column and the rest one together', () => {
  const options = { maxCategories: 1, minRows: 1 }
  const state = oneHot.fit([text('c', 'a', 'b', 'a', null)], options)
  const later = oneHot.apply([text('c', 'a', 'never seen', null)], state)
  assert.deepEqual(valuesOf(later), { 'c=a': [1, 0, 0], 'c=(other)': [0, 1, 0], 'c=(missing)': [0, 0, 1] })
})

test('one-hot gives zeros for unseen and missing values where training had neither', () => {
  const options = { maxCategories: 10, minRows: 1 }
  const state = oneHot.fit([text('c', 'a', 'b')], options)
  assert.deepEqual(valuesOf(oneHot.apply([text('c', 'z', null, 'b')], state)), {
    'c=a': [0, 0, 0],
    'c=b': [0, 0, 1],
  })
})

test('one-hot keeps a value that is spelled like its own bucket apart from it', () => {
  const options = { maxCategories: 1, minRows: 1 }
  const state = oneHot.fit([text('c', '(other)', '(other)', 'b')], options)
  const later = oneHot.apply([text('c', '(other)', 'b')], state)
  assert.deepEqual(valuesOf(later), { 'c=(other)': [1, 0], 'c=((other))': [0, 1] })
})

test('one-hot takes numbers that are codes', () => {
  const options = { maxCategories: 10, minRows: 1 }
  const state = oneHot.fit([numeric('zip', 2, 1, 2)], options)
  assert.deepEqual(valuesOf(oneHot.apply([numeric('zip', 1)], state)), {
    'zip=2': [0],
    'zip=1': [1],
  })
})
