import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parquet, wideParquet } from '../support/parquet.js'
import { zstd } from '../support/zstd.js'
import { read, refusal, timedRefusal } from './reading.js'

const missing = Number.NaN

describe('a Parquet file', () => {
  test('is read in its types', async () => {
    const file = await parquet(
      `select * from (values
        (1::tinyint, 5::bigint, 2.5::double, 1.25::float, 3.50::decimal(10, 2), true, 'x', date '2024-01-31'),
        (-2, null, 'nan', null, null, null, ' y ', null),
        (3, 7, 1, 2, 4, false, '?', date '1969-12-31')) as t(tiny, big, double, float, decimal, bool, text, day)`,
    )
    const { values, columns, report } = await read(file)
    assert.deepEqual(values, {
      tiny: [1, -2, 3],
      big: [5, missing, 7],
      double: [2.5, missing, 1],
      float: [1.25, missing, 2],
      decimal: [3.5, missing, 4],
      bool: [1, missing, 0],
      text: ['x', 'y', null],
      day: [Date.UTC(2024, 0, 31), missing, -86_400_000],
    })
    assert.deepEqual(
      columns.map(({ type }) => type),
      ['integer', 'integer', 'number', 'number', 'number', 'boolean', 'category', 'date'],
    )
    const found = report.findings.map(({ code, column }) => `${column}: ${code}`)
    assert.ok(found.includes('text: whitespace') && found.includes('text: missing'), found.join())
  })

  test('has days and moments in milliseconds, times of day as texts', async () => {
    const file = await parquet(
      `select timestamp '2024-01-02 03:04:05.678' as local, timestamptz '2024-01-02 03:04:05+00' as zoned, time '01:02:03' as clock`,
    )
    assert.deepEqual((await read(file)).values, {
      local: [Date.UTC(2024, 0, 2, 3, 4, 5, 678)],
      zoned: [Date.UTC(2024, 0, 2, 3, 4, 5)],
      clock: ['01:02:03'],
    })
  })

  test('has lists of numbers as vectors, lists of texts as lists of categories, and texts that are dates', async () => {
    const { columns, values } = await read(
      await parquet(`select * from (values
        ([1, 2], ['x', 'y"z'], '2024-01-02', [1.5::float, 2]), ([3, 4], [], '2024-01-03 10:00', null))
        as t(whole, texts, day, floats)`),
    )
    assert.deepEqual(
      columns.map(({ type, length }) => [type, length]),
      [
        ['vector', 2],
        ['list', undefined],
        ['date', undefined],
        ['vector', 2],
      ],
    )
    assert.deepEqual(values, {
      whole: [
        [1, 2],
        [3, 4],
      ],
      texts: ['["x","y\\"z"]', '[]'],
      day: [Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3, 10)],
      floats: [
        [1.5, 2],
        [missing, missing],
      ],
    })
    const { errors } = await refusal(await parquet("select unnest([[1, 2], [3, 'nan'::double]]) as v"))
    assert.equal(errors[0]?.path, 'row 2, v')
  })

  test('keeps integers that a double would round as text', async () => {
    const { values, report } = await read(await parquet('select unnest([9007199254740993, 5]) as id'))
    assert.deepEqual(values.id, ['9007199254740993', '5'])
    assert.ok(report.findings.some(({ code }) => code === 'large-integers'))
  })

  test('is read into types that are given', async () => {
    const file = await parquet(
      "select unnest([1, 0]) as a, unnest([2.0, 3.0]) as b, unnest(['x', 'y']) as c, 1 as d",
    )
    const types = { a: 'boolean', b: 'integer', c: 'text', d: 'category' } as const
    assert.deepEqual((await read(file, { types })).values, {
      a: [1, 0],
      b: [2, 3],
      c: ['x', 'y'],
      d: ['1', '1'],
    })
    const { errors } = await refusal(file, { types: { c: 'number' } })
    assert.deepEqual(errors[0], { path: 'row 1, c', expected: 'a number', received: '"x"' })
  })

  test('of many rows, packed by any of its codecs, is read in order', async () => {
    for (const codec of ['uncompressed', 'gzip', 'zstd']) {
      const file = await parquet(
        "select i as n, 't' || i % 7 as t from range(200000) r(i)",
        `compression ${codec}`,
      )
      const { rows, values } = await read(file)
      assert.equal(rows, 200_000)
      assert.ok(
        values.n?.every((n, row) => n === row && values.t?.[row] === `t${row % 7}`),
        codec,
      )
    }
  })

  test('may be packed once more', async () => {
    assert.deepEqual((await read(zstd(await parquet('select 1 as a')))).values, { a: [1] })
  })
})

describe('a Parquet file is refused', () => {
  test('when it is cut off or damaged', async () => {
    const file = await parquet("select i as n, 't' || i as t from range(1000) r(i)")
    const long = Buffer.from(file)
    long.writeUInt32LE(1e9, file.length - 8)
    const zeros = Buffer.from(file)
    zeros.fill(0, 4, 400)
    for (const [bad, detail] of [
      [file.subarray(0, -1), /does not end as one/],
      [long, /footer is longer than the file/],
      [zeros, /can not be read/],
      [Buffer.concat([file.subarray(0, 100), file.subarray(-8)]), /footer/],
    ] as const) {
      const { code, message } = await refusal(bad)
      assert.equal(code, 'dataset-invalid')
      assert.match(message, detail)
    }
  })

  test('for columns that hold nested lists, bytes or structures', async () => {
    const { errors } = await refusal(
      await parquet("select 1 as a, [[1, 2]] as l, {'x': 1} as s, blob 'x' as b"),
    )
    assert.deepEqual(
      errors.map(({ path, received }) => `${path}: ${received}`),
      ['l: lists (INTEGER[][])', 's: STRUCT(x INTEGER)', 'b: bytes'],
    )
  })

  test('by the row of a number without end, or without it on demand', async () => {
    const file = await parquet(
      "select unnest([1.5, 'inf'::double, 2.5]) as a, unnest(['x', 'y', 'z' || chr(0)]) as t",
    )
    const { errors } = await refusal(file)
    assert.deepEqual(
      errors.map(({ path, expected }) => `${path}: ${expected}`),
      ['row 2, a: a finite number', 'row 3, t: a text without NUL characters'],
    )
    const { values, report } = await read(file, { onInvalidRow: 'skip' })
    assert.deepEqual([values.a, report.rowsSkipped], [[1.5], 2])
  })

  test('within a second for a million columns', async () => {
    const { error, computedMs } = await timedRefusal(wideParquet(1e6))
    assert.match(error.message, /1000000 columns; at most 10000/)
    assert.ok(computedMs < 1000, `${computedMs} ms`)
    assert.match((await refusal(wideParquet(10_001))).message, /10001 columns; at most 10000/)
  })

  test('within a second when it is a bomb', async () => {
    const constant = await parquet('select 1 as a, 2 as b from range(70000000)', 'row_group_size 1000000')
    const long = await parquet("select repeat('a', 1000000) as t from range(2000)", 'compression zstd')
    for (const file of [constant, long]) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, /of \d+ bytes expands to \d+ bytes; at most 1000 times/)
      assert.ok(computedMs < 1000, `${computedMs} ms`)
    }
  })

  test('and CSV whose header begins as one is none', async () => {
    assert.deepEqual((await read('PAR1,PAR2\n1,2\n')).values, { PAR1: [1], PAR2: [2] })
  })
})
