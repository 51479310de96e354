import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testData } from '../support/csv-table.js'
import { readDirtyAdult } from '../support/dirty-adult.js'
import { read } from './reading.js'

type Report = Awaited<ReturnType<typeof read>>['report']
const found = (report: Report, code: string) => report.findings.filter((finding) => finding.code === code)
const columnsWith = (report: Report, code: string) => found(report, code).map(({ column }) => column)

describe('findings about cells', () => {
  test('tell words for missing values from blank cells', async () => {
    const { report } = await read('a,b,c\n1,,x\n?,"  ",y\n3,2,\n')
    assert.deepEqual(columnsWith(report, 'missing'), ['a', 'b', 'c'])
    assert.deepEqual(columnsWith(report, 'blank'), ['b', 'c'])
    assert.match(found(report, 'blank')[0]?.detail ?? '', /^2 cells \(66.7 %\)/)
    assert.match(found(report, 'missing')[0]?.detail ?? '', /^1 of 3 rows .* 1 cells hold a word for it/)
  })

  test('count values with spaces around them, and cut these off', async () => {
    const { report, values } = await read('a,b\n x,1\nx , 2\nx,3\n ? ,4\n')
    assert.deepEqual(values.a, ['x', 'x', 'x', null])
    assert.match(found(report, 'whitespace')[0]?.detail ?? '', /^2 values/)
    assert.deepEqual(columnsWith(report, 'whitespace'), ['a', 'b'])
  })

  test('are the same for JSON', async () => {
    const { report, values } = await read('{"a":" x "}\n{"a":"x"}\n{"a":" "}\n{"a":null}\n{"a":"?"}\n', {
      format: 'ndjson',
    })
    assert.deepEqual(values.a, ['x', 'x', null, null, null])
    const codes = report.findings.map(({ code }) => code)
    assert.deepEqual(codes, ['duplicate-rows', 'missing', 'blank', 'whitespace', 'constant'])
  })
})

describe('findings about values', () => {
  test('name spellings that differ only in case or a final full stop, in every text column', async () => {
    const { report } = await read('a,b,c\nYes,u,1\nyes.,v,2\nYES,u,3\nYes,w,4\nno,u,5\n')
    assert.deepEqual(columnsWith(report, 'label-case'), ['a'])
    const detail = found(report, 'label-case')[0]?.detail ?? ''
    assert.match(detail, /"YES" \(1 rows\) as "Yes", "yes\." \(1 rows\) as "Yes"/)
  })

  test('count rows that equal one before them, in wide data too', async () => {
    const { report } = await read('a,b\n1,x\n2,y\n1,x\n1,\n1,x\n1,\n')
    assert.match(found(report, 'duplicate-rows')[0]?.detail ?? '', /^3 of 6 rows/)
    const row = Array.from({ length: 1500 }, (_, column) => column).join(',')
    const wide = await read(`${row.replace(/\d+/g, 'c$&')}\n${row}\n${row}\n${row}1\n`)
    assert.match(found(wide.report, 'duplicate-rows')[0]?.detail ?? '', /^1 of 3 rows/)
  })

  test('name numbers beyond the outer fences', async () => {
    const lines = Array.from({ length: 200 }, (_, n) => (n === 7 ? '9000,0' : `${n % 50},${n % 90 ? 0 : n}`))
    const { report } = await read(`a,mostly_zero\n${lines.join('\n')}\n`)
    assert.deepEqual(columnsWith(report, 'outliers'), ['a'])
    assert.match(found(report, 'outliers')[0]?.detail ?? '', /^1 values lie outside .* 0 and 9000$/)
  })

  const notations: readonly (readonly [value: (n: number) => string, what: RegExp, remedy: RegExp])[] = [
    [(n) => `"${n},${n % 10}5"`, /decimal comma, such as "0,05"/, /decimal=comma/],
    [(n) => `"1.${100 + n},5"`, /decimal comma/, /decimal=comma/],
    [(n) => `"${n + 1},${100 + n}"`, /a sign, a unit or groups of digits, such as "1,100"/, /parse-units/],
    [(n) => `$${n}.50`, /a unit/, /parse-units/],
    [(n) => `${n} %`, /a unit/, /parse-units/],
    [(n) => `${n} kg`, /a unit/, /parse-units/],
    [(n) => `${1 + (n % 28)}.3.2024`, /dates with the day first, such as "1.3.2024"/, /"day-first"/],
    [(n) => `3/${1 + (n % 28)}/2024`, /dates with the month first/, /"month-first"/],
    [
      (n) => `0${1 + (n % 9)}/0${1 + (n % 4)}/2024`,
      /the day or the month first/,
      /"day-first" or "month-first"/,
    ],
  ]
  for (const [value, what, remedy] of notations) {
    test(`name numbers and dates in another notation: ${value(7)}`, async () => {
      const lines = Array.from({ length: 50 }, (_, n) => (n === 20 ? 'x' : value(n)))
      const { report, columns } = await read(`a,b\n${lines.join(',1\n')},1\n`)
      const [finding] = found(report, 'notation')
      assert.match(finding?.detail ?? '', /^49 of 50 values look like /)
      assert.match(finding?.detail ?? '', what)
      assert.match(finding?.remedy ?? '', remedy)
      assert.deepEqual(columnsWith(report, 'identifier'), [])
      assert.notEqual(columns[0]?.type, 'identifier')
    })
  }

  test('take no names, codes, times or lists for another notation', async () => {
    const lines = Array.from(
      { length: 50 },
      (_, n) => `A${n},007${n},${n % 24}:30,12${n}B,${n}|x,2024-0${1 + (n % 9)}`,
    )
    const { report } = await read(`name,code,time,house,list,month\n${lines.join('\n')}\n`)
    assert.deepEqual(columnsWith(report, 'notation'), [])
    const given = await read('a\n1 %\n2 %\n', { types: { a: 'category' } })
    assert.deepEqual(columnsWith(given.report, 'notation'), [])
  })

  test('take a row number for an identifier though rows stand twice, and no quantity', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => `${n % 297},${(n % 297) ** 2}`)
    const { report } = await read(`row,area\n${lines.join('\n')}\n`)
    assert.deepEqual(columnsWith(report, 'identifier'), ['row'])
  })
})

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'

test('the dirty census is seen through', { skip }, async () => {
  const { csv, labels } = readDirtyAdult(testData ?? '')
  const { report, rows, columns } = await read(csv)
  assert.equal(rows, labels.length)
  assert.equal(columnsWith(report, 'missing').length, columns.length)
  assert.equal(columnsWith(report, 'blank').length, columns.length)
  assert.deepEqual(columnsWith(report, 'constant'), ['source'])
  assert.deepEqual(columnsWith(report, 'identifier'), ['row_number'])
  assert.deepEqual(columnsWith(report, 'label-case'), ['income'])
  const spaced = columns.filter(({ type }) => type === 'category').map(({ name }) => name)
  assert.deepEqual(columnsWith(report, 'whitespace'), spaced)
  assert.match(found(report, 'duplicate-rows')[0]?.detail ?? '', /^279 of 30441 rows \(0\.9 %\)/)
})
