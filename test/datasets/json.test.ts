import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { workbookOf } from '../support/workbook.js'
import { read, refusal, timedRefusal } from './reading.js'

const values = { n: [1, 2.5, Number.NaN], t: ['x, "y"', null, 'é'], b: [1, Number.NaN, 0] }
const rows = [
  { n: 1, t: 'x, "y"', b: true },
  { n: 2.5, t: '?' },
  { n: null, t: ' é ', b: false },
]
const columns = { n: [1, 2.5, null], t: ['x, "y"', '?', ' é '], b: [true, null, false] }

describe('JSON', () => {
  const files: Readonly<Record<string, string>> = {
    'a list of objects': JSON.stringify(rows),
    'a list of objects in many lines': JSON.stringify(rows, null, 2),
    'a list behind a byte order mark and spaces': `\ufeff \n${JSON.stringify(rows)} \n`,
    'an object of lists': JSON.stringify(columns),
    'an object of lists in many lines': `${JSON.stringify(columns, null, '\t')}\n`,
    'an object of lists with an end of line': `${JSON.stringify(columns)}\r\n`,
    'one object a line': rows.map((row) => JSON.stringify(row)).join('\n'),
  }
  for (const [what, text] of Object.entries(files)) {
    test(`that is ${what} is read`, async () => assert.deepEqual((await read(text)).values, values))
  }

  test('of one row is a row', async () => {
    assert.deepEqual((await read('{"a":1,"b":"x"}')).values, { a: [1], b: ['x'] })
    assert.deepEqual((await read('[{"a":1,"b":"x"}]')).values, { a: [1], b: ['x'] })
  })

  test('larger than what is in memory at once is read whole, in order', async () => {
    const many = Array.from({ length: 40_000 }, (_, n) => ({ n, t: `${'é'.repeat(n % 50)}"\\` }))
    const asRows = await read(JSON.stringify(many))
    const asColumns = await read(JSON.stringify({ n: many.map(({ n }) => n), t: many.map(({ t }) => t) }))
    assert.ok(asRows.values.n?.every((n, row) => n === row && asRows.values.t?.[row] === many[row]?.t))
    assert.deepEqual(asColumns.values, asRows.values)
  })

  test('keeps the digits of integers that a double would round', async () => {
    const wide =
      '[{"id":9007199254740993,"t":"9007199254740993"},{"id":-12345678901234567890,"t":"[1234567890123456789]"}]'
    const { values, columns } = await read(wide)
    assert.deepEqual(values.id, ['9007199254740993', '-12345678901234567890'])
    assert.deepEqual(values.t, ['9007199254740993', '[1234567890123456789]'])
    assert.equal(columns[0]?.type, 'category')
    assert.deepEqual(
      (await read('{"a":1e20}\n{"a":1234567890123456.5}')).values.a,
      [1e20, 1234567890123456.5],
    )
  })
})

describe('JSON is refused', () => {
  const half = Buffer.concat([Buffer.from('[{"a":"ä"},\n{"a":"'), Buffer.from([0xe4]), Buffer.from('"}]')])
  const cases: readonly (readonly [what: string, text: string | Buffer, detail: RegExp])[] = [
    ['without an end', '[{"a":1},\n{"a":2}', /Line 2 is no JSON: expected ",", received the end of the file/],
    [
      'with something behind it',
      '[{"a":1}]\nx',
      /Line 2 is no JSON: expected the end of the file, received "x"/,
    ],
    ['with a comma too many', '[{"a":1},\n]', /Line 2 is no JSON: expected a value, received "]"/],
    ['with a comma too few', '[{"a":1}\n{"a":2}]', /Line 2 is no JSON: expected ",", received "{"/],
    ['with a text that never ends', '[{"a":"1}]\n', /Line 1 is no JSON: expected a closing quote/],
    ['of no rows', '[]', /no rows/],
    ['of no columns', '{ }', /no columns|no rows/],
    [
      'when a column is no list',
      '{\n"a":[1],\n"b":2}',
      /Line 3 is no JSON: expected a list of the values of "b", received "2"/,
    ],
    ['when columns differ in length', '{"a":[1,2],\n"b":[1]}', /"b" has 1 values, and "a" has 2/],
    ['when it is UTF-8 in part', half, /Line 2 is not UTF-8/],
    ['when two columns have one name', '{"a":[1],"a":[2]}', /another name/],
  ]
  for (const [what, text, detail] of cases) {
    test(what, async () => {
      const { code, message } = await refusal(text, { format: 'json' })
      assert.equal(code, 'dataset-invalid')
      assert.match(message, detail)
    })
  }

  test('by what is bad alone, where no row is good', async () => {
    const { errors } = await refusal('[{"a":1,"b":{"c":2}},\n{"a":2,"b":{"c":3}}]')
    assert.deepEqual(
      errors.map(({ path, received }) => [path, received]),
      [
        ['row 1, b', 'an object'],
        ['row 2, b', 'an object'],
      ],
    )
  })

  test('by row and line where a row is bad', async () => {
    const { errors } = await refusal('[{"a":1},\n{"a":[2]},\n\n5,\n{"a":tru}]')
    assert.deepEqual(errors, [
      { path: 'row 2, a', expected: 'an integer', received: 'a list' },
      { path: 'row 3', line: 4, expected: 'a JSON object', received: '5' },
      { path: 'row 4', line: 5, expected: 'one JSON object', received: '"{\\"a\\":tru}"' },
    ])
    const inColumns = await refusal('{"a":[1,{}],"b":[2,]}')
    assert.match(inColumns.message, /expected a value, received "]"/)
    assert.deepEqual((await refusal('{"a":[1,{}],"b":[2,nul]}')).errors, [
      { path: 'row 2, b', expected: 'a JSON value', received: '"nul"' },
      {
        path: 'row 2, a',
        expected: 'a number, a text, true, false, null, or a list of numbers or of texts',
        received: 'an object',
      },
    ])
  })

  test('by the row that is longer than a row may be, whatever form it stands in', async () => {
    const long = (row: number, value: unknown) =>
      Array.from({ length: 20 }, (_, column) => [`c${column}`, row === 1 ? value : 'x'] as const)
    const rowsOf = (value: unknown) => [0, 1, 2].map((row) => Object.fromEntries(long(row, value)))
    const text = 'é'.repeat(495_000)
    const columnar = Object.fromEntries(long(0, '').map(([name]) => [name, ['x', text, 'x']]))
    const sheet = workbookOf([long(0, '').map(([name]) => name), ...rowsOf(text).map(Object.values)])
    const vector = Array.from({ length: 300_000 }, () => 1e20)
    for (const [file, kept] of [
      [JSON.stringify(columnar), 2],
      [sheet, 2],
      [`${JSON.stringify({ v: [1] })}\n${JSON.stringify({ v: vector })}`, 1],
    ] as const) {
      const { errors } = await refusal(file)
      assert.deepEqual(
        errors.map(({ path, expected }) => [path, expected]),
        [['row 2', 'at most 4194304 bytes']],
      )
      const { rows, report } = await read(file, { onInvalidRow: 'skip' })
      assert.deepEqual([rows, report.rowsSkipped], [kept, 1])
    }
  })

  test('within a second for a million columns, in each form', async () => {
    const names = Array.from({ length: 1e6 }, (_, n) => `"c${n}"`)
    const files = [
      `[{${names.map((name) => `${name}:1`).join()}}]`,
      `{${names.map((name) => `${name}:[1]`).join()}}`,
      `{${names
        .slice(0, 300_000)
        .map((name) => `${name}:1`)
        .join()}}`,
      names.map((name) => `{${name}:1}`).join('\n'),
    ]
    for (const file of files) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.code, /^dataset-(rows-)?invalid$/)
      assert.ok(computedMs < 1000, `${file.slice(0, 20)} took ${computedMs} ms`)
    }
  })

  test('when format asks for something else', async () => {
    assert.match(
      (await refusal('a,b\n1,2\n', { format: 'json' })).message,
      /The file is CSV; format asks for JSON/,
    )
    assert.deepEqual((await refusal('[{"a":1}]', { reading: { delimiter: 'tab' } })).errors, [
      { path: 'delimiter', expected: 'an option of JSON: encoding', received: 'delimiter' },
    ])
  })
})
