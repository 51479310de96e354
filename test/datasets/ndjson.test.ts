import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { read, refusal } from './reading.js'

const ndjson = { format: 'ndjson' } as const

describe('NDJSON', () => {
  test('knows its types from JSON, and columns from all rows', async () => {
    const { columns, values } = await read(
      '\ufeff{"n":1,"t":"007","b":true}\r\n\n{"n":2.5,"late":"x, \\"y\\"\\nz"}\n{"b":null,"t":"?","n":1e3}',
      ndjson,
    )
    assert.deepEqual(
      columns.map(({ name, type, missing }) => [name, type, missing]),
      [
        ['n', 'number', 0],
        ['t', 'category', 2],
        ['b', 'boolean', 2],
        ['late', 'category', 2],
      ],
    )
    assert.deepEqual(values, {
      n: [1, 2.5, 1000],
      t: ['007', null, null],
      b: [1, Number.NaN, Number.NaN],
      late: [null, 'x, "y"\nz', null],
    })
  })

  test('cuts off the spaces around its texts, as instances are read', async () => {
    assert.deepEqual((await read('{"a":" x "}\n{"a":"x"}', ndjson)).values, { a: ['x', 'x'] })
  })

  const bad: readonly [what: string, line: string, path: string, expected: string, received: string][] = [
    ['no JSON', '{"a":1', 'row 2', 'one JSON object', '"{\\"a\\":1"'],
    ['a list', '[1]', 'row 2', 'a JSON object', 'a list'],
    ['a number', '5', 'row 2', 'a JSON object', '5'],
    ['null', 'null', 'row 2', 'a JSON object', 'null'],
    [
      'a nested object',
      '{"a":{"b":1}}',
      'row 2, a',
      'a number, a text, true, false, null, or a list of numbers or of texts',
      'an object',
    ],
    ['a nested list', '{"a":[]}', 'row 2, a', 'an integer', 'a list'],
    ['a number without end', '{"a":1e999}', 'row 2, a', 'a finite number', 'a number that is too large'],
    ['a NUL character', '{"a":"x\\u0000"}', 'row 2, a', 'a text without NUL characters', '"x\\u0000"'],
    [
      'JSON 100,000 deep',
      `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'row 2, a',
      'a number, a text, true, false, null, or a list of numbers or of texts',
      'a list',
    ],
  ]
  for (const [what, line, path, expected, received] of bad) {
    test(`refuses a row that holds ${what}`, async () => {
      const error = await refusal(`{"a":1}\n${line}\n`, ndjson)
      assert.equal(error.code, 'dataset-rows-invalid')
      assert.deepEqual(error.errors, [{ path, expected, received }])
    })
  }

  test('refuses rows without any value, and says what a value can be where no column is known yet', async () => {
    const empty = await refusal('{}\n{}', ndjson)
    assert.deepEqual([empty.code, /no columns/.test(empty.message)], ['dataset-invalid', true])
    assert.deepEqual((await refusal('{"a":[{}]}', ndjson)).errors, [
      {
        path: 'row 1, a',
        expected: 'a number, a text, true, false, null, or a list of numbers or of texts',
        received: 'a list',
      },
    ])
  })

  test('refuses a text among numbers, and numbers in quotes where numbers are asked for', async () => {
    const rows = Array.from({ length: 12 }, (_, n) => `{"a":${n}}`).join('\n')
    assert.deepEqual((await refusal(`${rows}\n{"a":"13"}`, ndjson)).errors, [
      { path: 'row 13, a', expected: 'an integer', received: '"13"' },
    ])
  })

  test('refuses names that reach for a prototype', async () => {
    const error = await refusal('{"a":1,"__proto__":2}', ndjson)
    assert.equal(error.code, 'dataset-invalid')
    assert.match(error.message, /column 2.*"__proto__"/)
  })

  test('refuses more columns than are accepted, also over many rows', async () => {
    const rows = Array.from({ length: 10_001 }, (_, n) => `{"c${n}":1}`).join('\n')
    assert.match((await refusal(rows, ndjson)).message, /10001 columns; at most 10000/)
  })

  test('skips bad rows on demand', async () => {
    const { values, report } = await read('{"a":1}\nnope\n{"a":[]}\n{"a":2}', {
      ...ndjson,
      onInvalidRow: 'skip',
    })
    assert.deepEqual(values, { a: [1, 2] })
    assert.equal(report.rowsSkipped, 2)
  })

  test('of nothing but blank lines has no rows', async () => {
    assert.match((await refusal('\n\n', ndjson)).message, /no rows/)
  })
})
