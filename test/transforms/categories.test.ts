import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import dateParts from '../../src/transforms/date-parts.js'
import hash from '../../src/transforms/hash.js'
import impute from '../../src/transforms/impute.js'
import ordinal from '../../src/transforms/ordinal.js'
import { assertClose, firstValues, golden, numeric, text, valuesOf } from './sklearn.js'

test('ordinal numbers texts as scikit-learn’s OrdinalEncoder', () => {
  const column = text('c', ...golden.cities)
  const options = parse(ordinal.options, {})
  assertClose(firstValues(ordinal.apply([column], ordinal.fit([column], options), options)), golden.ordinal)
})

test('ordinal has numbers for unseen and missing values, and sorts numbers by size', () => {
  const options = parse(ordinal.options, {})
  const state = ordinal.fit([numeric('x', 10, 9, 9, null)], options)
  assert.deepEqual(
    firstValues(ordinal.apply([numeric('x', 9, 10, 11, null)], state, options)),
    [0, 1, -1, -2],
  )
})

test('ordinal takes a given order, the most frequent values, or an order by frequency', () => {
  const column = text('c', 'low', 'high', 'high', 'medium', 'medium', 'medium')
  const numbers = (given: object) => {
    const options = parse(ordinal.options, given)
    return firstValues(ordinal.apply([column], ordinal.fit([column], options), options))
  }
  assert.deepEqual(numbers({ categories: ['low', 'medium', 'high'] }), [0, 2, 2, 1, 1, 1])
  assert.deepEqual(numbers({ order: 'frequency' }), [2, 1, 1, 0, 0, 0])
  assert.deepEqual(numbers({ maxCategories: 1, unseen: 7 }), [7, 7, 7, 0, 0, 0])
})

test('hash puts texts where scikit-learn’s FeatureHasher puts them, with its signs', () => {
  const column = text('c', ...golden.hash.words)
  for (const signed of [true, false]) {
    const columns = Object.values(valuesOf(hash.apply([column], null, { buckets: 16, signed })))
    const expected = golden.hash[signed ? 'signed' : 'unsigned'] as number[][]
    for (const [row, values] of expected.entries()) {
      assert.deepEqual(
        columns.map((made) => (made[row] as number) + 0),
        values,
        golden.hash.words[row],
      )
    }
  }
})

test('hash has no column for a missing value', () => {
  const made = valuesOf(hash.apply([text('c', null, 'a')], null, { buckets: 2, signed: false }))
  assert.deepEqual(
    Object.values(made).map(([missing]) => missing),
    [0, 0],
  )
})

const none = { unread: [] }
const parted = (options: object, ...dates: (string | null)[]) => {
  const values = dates.map((date) => (date === null ? null : Date.parse(date)))
  return valuesOf(dateParts.apply([numeric('t', ...values)], none, parse(dateParts.options, options)))
}

test('date-parts tells the parts of a date in UTC, also before 1970 and in leap years', () => {
  const names = [
    'year',
    'quarter',
    'month',
    'week',
    'day',
    'day-of-year',
    'weekday',
    'weekend',
    'hour',
    'minute',
    'second',
    'days',
  ]
  const made = parted(
    { parts: names, cyclic: false },
    '2024-12-31T23:59:58Z',
    '1969-12-28T12:00:00Z',
    '0099-01-01T00:00:00Z',
  )
  const row = (at: number) => names.map((name) => made[`t:${name}`]?.[at])
  assert.deepEqual(row(0).slice(0, -1), [2024, 4, 12, 1, 31, 366, 2, 0, 23, 59, 58])
  assert.deepEqual(row(1), [1969, 4, 12, 52, 28, 362, 7, 1, 12, 0, 0, -3.5])
  assert.deepEqual(row(2).slice(0, 6), [99, 1, 1, 1, 1, 1])
})

test('date-parts lays December beside January', () => {
  const made = parted({ parts: ['month', 'year'] }, '2024-01-01T00:00:00Z', '2024-12-01T00:00:00Z')
  assert.deepEqual(Object.keys(made), ['t:month:sin', 't:month:cos', 't:year'])
  const [sin, cos] = [made['t:month:sin'] as number[], made['t:month:cos'] as number[]]
  assertClose(sin, [0, -0.5])
  assertClose(cos, [1, Math.sqrt(3) / 2])
})

test('date-parts leaves the parts of missing and impossible dates missing', () => {
  const column = numeric('t', null, 1e300)
  for (const values of Object.values(
    valuesOf(dateParts.apply([column], none, parse(dateParts.options, {}))),
  )) {
    assert.deepEqual(values, [Number.NaN, Number.NaN])
  }
})

test('date-parts reads texts, in ISO 8601 or as it is told, and counts those that are no dates', () => {
  const made = (given: object, ...texts: (string | null)[]) => {
    const column = text('t', ...texts)
    const options = parse(dateParts.options, { parts: ['year', 'day'], cyclic: false, ...given })
    const state = dateParts.fit([column], options)
    return {
      values: valuesOf(dateParts.apply([column], state, options)),
      warnings: dateParts.warnings(['t'], state),
    }
  }
  const { values, warnings } = made(
    {},
    '2024-02-29',
    null,
    '2023-02-29',
    '2024-01-01T00:30+01:00',
    'soon',
    'soon',
  )
  const gap = Number.NaN
  assert.deepEqual(values, {
    't:year': [2024, gap, gap, 2023, gap, gap],
    't:day': [29, gap, gap, 31, gap, gap],
  })
  assert.match(warnings[0]?.detail ?? '', /^3 training rows of t hold no date .*"2023-02-29"/)
  assert.deepEqual(made({ texts: 'day-first' }, '3.4.2024').values, { 't:year': [2024], 't:day': [3] })
  assert.deepEqual(made({ texts: 'month-first' }, '3/4/2024').values, { 't:year': [2024], 't:day': [4] })
})

test('date-parts reads numbers as seconds where they count them', () => {
  const options = { parts: ['year'], numbers: 'seconds' }
  const seconds = Date.parse('2024-06-01T00:00:00Z') / 1000
  const column = numeric('t', seconds)
  assert.deepEqual(valuesOf(dateParts.apply([column], none, parse(dateParts.options, options))), {
    't:year': [2024],
  })
})

test('impute knows the most frequent value as mode too', () => {
  const column = text('c', 'b', 'a', 'b', null)
  const options = { strategy: 'mode', indicator: false } as const
  assert.deepEqual(impute.fit([column], options).fill, ['b'])
  assert.deepEqual(impute.fit([numeric('x', 1, 2, 2, null)], options).fill, [2])
})
