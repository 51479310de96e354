import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ColumnType } from '../../src/contracts/dataset.js'
import { read, refusal } from './reading.js'

const typesOf = async (...given: Parameters<typeof read>) =>
  Object.fromEntries((await read(...given)).columns.map(({ name, type }) => [name, type]))
/** A CSV of one quoted column. */
const csvOf = (cells: readonly string[]) =>
  `a,n\n${cells.map((cell, row) => `"${cell.replaceAll('"', '""')}",${row}`).join('\n')}\n`
const ndjsonOf = (values: readonly unknown[]) => values.map((a) => JSON.stringify({ a })).join('\n')
const repeated = (cells: readonly string[], rows: number) =>
  Array.from({ length: rows }, (_, row) => cells[row % cells.length] as string)

describe('dates', () => {
  test('are ISO days and times, and milliseconds in UTC once they are read', async () => {
    const cells = ['2024-05-31', '2024-05-31T12:30', '2024-05-31 12:30:15.250', '', '1969-12-31']
    const { columns, values } = await read(csvOf(cells))
    assert.equal(columns[0]?.type, 'date')
    assert.deepEqual(values.a, [
      Date.UTC(2024, 4, 31),
      Date.UTC(2024, 4, 31, 12, 30),
      Date.UTC(2024, 4, 31, 12, 30, 15, 250),
      Number.NaN,
      -86_400_000,
    ])
  })

  test('with zones are the same moments, in CSV and in JSON', async () => {
    const cells = [
      '2024-05-31T12:00:00+02:00',
      ' 2024-05-31T10:00:00Z',
      '2024-05-31T04:30:00-05:30',
      '2024-05-31 10:00',
    ]
    const moment = Date.UTC(2024, 4, 31, 10)
    for (const reading of [await read(csvOf(cells)), await read(ndjsonOf(cells), { format: 'ndjson' })]) {
      assert.equal(reading.columns[0]?.type, 'date')
      assert.deepEqual(reading.values.a, [moment, moment, moment, moment])
    }
  })

  test('beside other texts leave a column of text, with a finding', async () => {
    const { columns, values, report } = await read(
      csvOf([...repeated(['2024-05-31', '2024-06-01'], 9), 'soon']),
    )
    assert.equal(columns[0]?.type, 'category')
    assert.equal(values.a?.[0], '2024-05-31')
    assert.match(
      report.findings.find(({ code }) => code === 'mixed')?.detail ?? '',
      /^9 of 10 values are dates/,
    )
  })

  test('are no identifiers, though all differ', async () => {
    const days = Array.from({ length: 40 }, (_, day) => new Date(day * 86_400_000).toISOString())
    const { report } = await read(csvOf(days))
    assert.ok(!report.findings.some(({ code, column }) => code === 'identifier' && column === 'a'))
  })
})

describe('identifiers', () => {
  test('are texts without spaces of which nearly all differ', async () => {
    const ids = Array.from({ length: 60 }, (_, row) => `user-${(row * 7919) % 1000}x`)
    const names = ids.map((id, row) => (row === 59 ? 'two words' : id))
    assert.equal((await typesOf(csvOf([...ids, ids[0] as string]))).a, 'identifier')
    assert.equal((await typesOf(csvOf(names))).a, 'text')
    assert.equal((await typesOf(csvOf(ids.slice(0, 10)))).a, 'category')
  })

  test('keep their zeros when the type is given', async () => {
    const { columns, values } = await read('a\n007\n8\n', { types: { a: 'identifier' } })
    assert.equal(columns[0]?.type, 'identifier')
    assert.deepEqual(values.a, ['007', '8'])
  })
})

describe('lists of categories', () => {
  test('are texts with separators and few different items, or lists of JSON', async () => {
    const genres = repeated(['Drama', 'Drama|War', 'Comedy|Drama', 'War', 'Comedy'], 40)
    assert.equal((await typesOf(csvOf(genres))).a, 'list')
    assert.equal((await typesOf(csvOf(genres.map((text) => text.replace('|', '; '))))).a, 'list')
    assert.equal((await typesOf(csvOf(['["x","y"]', '["y"]', '[]']))).a, 'list')
    const { columns, values } = await read(ndjsonOf([['x', 'y'], ['y'], null, []]), { format: 'ndjson' })
    assert.equal(columns[0]?.type, 'list')
    assert.deepEqual(values.a, ['["x","y"]', '["y"]', null, '[]'])
  })

  test('are not prose, nor texts with a separator here and there', async () => {
    const prose = Array.from({ length: 60 }, (_, row) => `line ${row}; and ${row * 7} more | ${row % 5}`)
    assert.equal((await typesOf(csvOf(prose))).a, 'text')
    assert.equal((await typesOf(csvOf(repeated(['a', 'b', 'c', 'd', 'e', 'f', 'g|h'], 70)))).a, 'category')
  })
})

describe('vectors', () => {
  test('are lists of numbers of one length', async () => {
    for (const reading of [
      await read(csvOf(['[1, 2.5]', '', '[-3,1e2]'])),
      await read(ndjsonOf([[1, 2.5], null, [-3, 100]]), { format: 'ndjson' }),
    ]) {
      const { type, length, missing, distinct } = reading.columns[0] ?? {}
      assert.deepEqual([type, length, missing, distinct], ['vector', 2, 1, 2])
      assert.deepEqual(reading.values.a, [
        [1, 2.5],
        [Number.NaN, Number.NaN],
        [-3, 100],
      ])
    }
  })

  test('and other lists beside single values are errors in JSON', async () => {
    for (const [values, expected] of [
      [[1, [1, 2], 3], 'an integer'],
      [['a', ['a', 'b'], 'c'], 'a single value, as in other rows'],
      [['a', [1], 'c'], 'a single value, as in other rows'],
    ] as const) {
      const { errors } = await refusal(ndjsonOf(values), { format: 'ndjson' })
      assert.deepEqual(errors, [{ path: 'row 2, a', expected, received: 'a list' }])
    }
    const given = { format: 'ndjson', types: { a: 'list' } } as const
    assert.deepEqual((await read(ndjsonOf(['a', ['a', 'b']]), given)).values.a, ['a', '["a","b"]'])
  })

  test('of several lengths are text, with a finding', async () => {
    const { columns, report } = await read(csvOf(['[1,2]', '[1,2,3]', '[1]']))
    assert.equal(columns[0]?.type, 'category')
    assert.ok(report.findings.some(({ code, detail }) => code === 'mixed' && /of other lengths/.test(detail)))
  })
})

describe('a wrong type that was given', () => {
  for (const { type, cells, expected } of [
    { type: 'date', cells: ['2024-05-31', 'soon'], expected: /^a date as ISO 8601/ },
    { type: 'vector', cells: ['[1,2]', '[1,2,3]'], expected: /^a list of 2 numbers$/ },
    { type: 'vector', cells: ['[1,2]', '7'], expected: /^a list of 2 numbers$/ },
    { type: 'number', cells: ['1', '2024-05-31'], expected: /^a number$/ },
    { type: 'integer', cells: ['1', '1.5'], expected: /^an integer$/ },
    { type: 'boolean', cells: ['true', '[1]'], expected: /^true or false$/ },
  ] as { type: ColumnType; cells: string[]; expected: RegExp }[]) {
    test(`${type} for ${cells.join(' and ')} names the first bad line`, async () => {
      const { code, errors } = await refusal(csvOf(cells), { types: { a: type } })
      assert.equal(code, 'dataset-rows-invalid')
      assert.deepEqual([errors[0]?.path, (errors[0] as { line?: number }).line], ['row 2, a', 3])
      assert.match(errors[0]?.expected ?? '', expected)
    })
  }

  test('list, category, text and identifier fit everything', async () => {
    for (const type of ['list', 'category', 'text', 'identifier'] as const) {
      assert.equal((await typesOf(csvOf(['2024-05-31', '[1]', '7', 'x']), { types: { a: type } })).a, type)
    }
  })
})
