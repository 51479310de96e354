import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FlywheelError } from '../../src/contracts/errors.js'
import { ReadingOptions } from '../../src/contracts/reader.js'
import { loadReaders } from '../../src/datasets/catalogue.js'
import { read, refusal } from '../datasets/reading.js'
import { zstd } from '../support/zstd.js'
import { type ReaderSample, readerSamples, type Value } from './reader-samples.js'

const columns = ['height', 'count', 'is_new', 'kind', 'day', 'code', 'empty']
const rows: readonly (readonly Value[])[] = [
  [5.25, 3, true, 'poppy', '2024-01-31', 'a7', null],
  [-0.125, 4, false, 'Ähre, "wild"', '1999-12-31', ' b8 ', null],
  [null, null, null, 'rose', null, null, null],
  [1e-7, -12, true, 'two\nlines', '2024-02-29', '?', null],
  [123456.75, 9007199254740991, false, '東京 <&>', null, '', null],
  [0.5, 0, true, 'poppy', '2024-01-31', 'null', null],
]
const missing = Number.NaN
const values = {
  height: [5.25, -0.125, missing, 1e-7, 123456.75, 0.5],
  count: [3, 4, missing, -12, 9007199254740991, 0],
  is_new: [1, 0, missing, 1, 0, 1],
  kind: ['poppy', 'Ähre, "wild"', 'rose', 'two\nlines', '東京 <&>', 'poppy'],
  day: ['2024-01-31', '1999-12-31', '', '2024-02-29', '', '2024-01-31'].map((day) => Date.parse(day)),
  code: ['a7', 'b8', null, null, null, null],
  empty: [null, null, null, null, null, null],
}
const types = ['number', 'integer', 'boolean', 'category', 'date', 'category', 'text']
const readers = await loadReaders()

for (const [name, reader] of readers) {
  const sample = readerSamples[name]
  assert.ok(sample, `test/conformance/reader-samples.ts needs files of ${name}`)
  describe(`the reader ${name}`, () => {
    test('says in words what it reads, and takes options that exist', () => {
      assert.match(reader.title, /^(an? |[A-Z]|plain )/)
      const known = Object.keys(ReadingOptions.properties)
      assert.ok(reader.options.every((option) => known.includes(option)))
    })

    test('recognises its files, and says which options it does not take', async () => {
      const file = await sample.any()
      const options = Object.keys(ReadingOptions.properties) as (keyof typeof samples)[]
      for (const option of options) {
        if (reader.options.includes(option)) continue
        const { code, errors } = await refusal(file, { format: name, reading: { [option]: samples[option] } })
        assert.deepEqual([code, errors[0]?.path], ['request-invalid', option])
      }
    })

    test('refuses files of other formats that have a signature, and damaged ones of its own', async () => {
      for (const [other, { any }] of Object.entries(readerSamples)) {
        const isOther = (readers.get(other)?.signatures.length ?? 0) > 0 && !shareSignature(name, other)
        if (isOther)
          assert.equal((await refusal(await any(), { format: name })).code, 'dataset-invalid', other)
      }
      if (reader.signatures.length === 0) return
      const file = await sample.any()
      for (const share of [0.3, 0.6, 0.9]) {
        const cut = file.subarray(0, Math.ceil(share * file.length))
        assert.equal((await refusal(cut)).code, 'dataset-invalid', `${share}`)
      }
    })
    if (sample.table !== null) tableChecks(name, sample.table)
  })
}

const samples = {
  delimiter: 'tab',
  header: 'absent',
  encoding: 'utf-8',
  decimal: 'comma',
  sheet: '1',
} as const

function shareSignature(one: string, other: string): boolean {
  const firstOf = (name: string) =>
    readers.get(name)?.signatures.map(({ bytes }) => Buffer.from(bytes).toString('hex'))
  return firstOf(other)?.some((bytes) => firstOf(one)?.includes(bytes)) ?? false
}

function tableChecks(name: string, write: NonNullable<ReaderSample['table']>): void {
  test('gives the same table for the same rows', async () => {
    const reading = await read(await write(columns, rows))
    assert.deepEqual(reading.values, values)
    assert.deepEqual(
      reading.columns.map(({ type }) => type),
      types,
    )
    const { rowsRead, rowsKept, rowsSkipped } = reading.report
    assert.deepEqual([reading.rows, rowsRead, rowsKept, rowsSkipped], [6, 6, 6, 0])
  })

  test('counts what is missing, blank and padded', async () => {
    const { report, columns: found } = await read(await write(columns, rows))
    assert.deepEqual(
      found.map(({ missing }) => missing),
      [1, 1, 1, 0, 2, 4, 6],
    )
    const codes = report.findings.filter(({ column }) => column === 'code').map(({ code }) => code)
    assert.ok(codes.includes('missing') && codes.includes('whitespace'), codes.join())
  })

  test('gives the same table packed, and whatever its sender calls it', async () => {
    const file = await write(columns, rows)
    for (const packed of [gzipSync(file), zstd(file)]) {
      assert.deepEqual((await read(packed)).values, values)
    }
    for (const declared of readers.keys()) {
      if (isOpen(name, declared)) continue
      assert.deepEqual((await read(file, { declared })).values, values, declared)
    }
    assert.deepEqual((await read(file, { format: name })).values, values)
  })

  test('loses no row', async () => {
    const many = Array.from({ length: 5000 }, (_, n): Value[] => [n, n % 3 === 0 ? null : `t${n % 11}`])
    const { rows: count, values: found } = await read(await write(['n', 't'], many))
    assert.equal(count, 5000)
    assert.ok(many.every(([n, t], row) => found.n?.[row] === n && found.t?.[row] === t))
  })

  test('names the rows of values that do not fit, or counts them on demand', async () => {
    const file = await write(
      ['a', 'b'],
      [
        [1, 'x'],
        [2, 'y'],
        [3, 'z'],
      ],
    )
    const options = { types: { b: 'number' } } as const
    const { code, errors } = await refusal(file, options)
    assert.equal(code, 'dataset-rows-invalid')
    assert.deepEqual(
      errors.map(({ path, expected, received }) => [path, expected, received]),
      [1, 2, 3].map((row) => [`row ${row}, b`, 'a number', `"${'xyz'[row - 1]}"`]),
    )
    const mixed = await write(
      ['a', 'b'],
      [
        [1, 'x'],
        [2.5, 'y'],
        [3, 'z'],
      ],
    )
    const { report, values: found } = await read(mixed, { types: { a: 'integer' }, onInvalidRow: 'skip' })
    assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [3, 2, 1])
    assert.deepEqual(found, { a: [1, 3], b: ['x', 'z'] })
  })

  test('refuses names that no table can have, and tables without rows', async () => {
    for (const names of [
      ['a', '__proto__'],
      ['a', 'x'.repeat(201)],
      ['a', '', 'b'],
    ]) {
      const file = await Promise.resolve(write(names, [names.map((_, column) => column)])).catch(() => null)
      if (file !== null) assert.equal((await refusal(file)).code, 'dataset-invalid', names.join())
    }
    const { code, message } = await refusal(await write(['a'], []))
    assert.equal(code, 'dataset-invalid')
    assert.match(message, /no rows|empty/)
  })

  test('refuses more columns than are accepted', async () => {
    const wide = Array.from({ length: 10_001 }, (_, column) => `c${column}`)
    const error = await refusal(await write(wide, [wide.map((_, column) => column)]))
    assert.ok(error instanceof FlywheelError)
    assert.match(error.message, /10001 columns; at most 10000/)
  })
}

/** Text in which a declaration decides. */
const isOpen = (name: string, declared: string): boolean =>
  name === 'csv' && ['ndjson', 'text'].includes(declared)
