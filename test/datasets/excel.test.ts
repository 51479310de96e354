import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { meaningOf } from '../../src/datasets/excel/date-formats.js'
import { workbook, workbookFiles, workbookOf } from '../support/workbook.js'
import { zipOf } from './images/archives.js'
import { read, refusal, timedRefusal } from './reading.js'

const fixture = (name: string) => readFile(join('test/fixtures/excel', name))
const missing = Number.NaN

/** Milliseconds since 1970. */
const times = (...dates: string[]): number[] => dates.map((date) => Date.parse(date))

describe('an Excel workbook', () => {
  test('of openpyxl is read from its first visible sheet', async () => {
    const { values, columns, report } = await read(await fixture('openpyxl.xlsx'))
    assert.deepEqual(values, {
      day: times('2024-01-31', '1999-12-31', '2024-02-29', '2024-03-01', '2024-03-02', ''),
      at: times('2024-01-31T12:30:00Z', '1999-12-31', '', '2024-03-01T23:59:59Z', '', ''),
      height: [5.1, -0.25, 0.001, missing, missing, missing],
      count: [3, 4, 5, 6, 7, 8],
      is_new: [1, 0, 1, missing, missing, missing],
      kind: ['poppy', 'rose & <thorn>', 'Ähre "q"', 'poppy', 'poppy', 'rose'],
      note: ['spaced', '7', null, 'line\nbreak', null, null],
    })
    assert.deepEqual(
      columns.map(({ type }) => type),
      ['date', 'date', 'number', 'integer', 'boolean', 'category', 'category'],
    )
    assert.deepEqual(
      report.findings.filter(({ column }) => column === undefined).map(({ code }) => code),
      ['other-sheets', 'cell-errors', 'formulas', 'merged-cells'],
    )
    assert.match(
      report.findings[0]?.detail ?? '',
      /The sheet "Measures" was read, 1 others were not: "Notes"/,
    )
  })

  test('of XlsxWriter is read wherever its table stands, with the results of formulas', async () => {
    const { values } = await read(await fixture('xlsxwriter-1904.xlsx'))
    assert.deepEqual(values, {
      when: times('2024-01-31', '1904-01-02'),
      clock: ['06:45:00', '23:00:00'],
      hours: [1.5, 0.25],
      price: [1234.5, 2],
      double: ['2469', 'x'],
      rich: ['a bold word', 'plain'],
    })
  })

  test('is read from the sheet that is named or numbered', async () => {
    const file = await fixture('xlsxwriter-1904.xlsx')
    for (const sheet of ['Other', '2']) {
      const { values, report } = await read(file, { reading: { sheet } })
      assert.deepEqual(values, { a: [1] })
      assert.ok(!report.findings.some(({ code }) => code === 'other-sheets'))
    }
    const { errors } = await refusal(file, { reading: { sheet: 'Third' } })
    assert.deepEqual(errors, [{ path: 'sheet', expected: 'one of "Table 1", "Other"', received: '"Third"' }])
  })

  test('may have no header', async () => {
    const file = workbookOf([[1, 'x'], [], [2, 'y', true], [3]], { isPacked: true })
    assert.deepEqual((await read(file, { reading: { header: 'absent' } })).values, {
      column_1: [1, 2, 3],
      column_2: ['x', 'y', null],
      column_3: [missing, 1, missing],
    })
  })

  test('has nothing where cells beside its table hold only spaces, and blank cells within', async () => {
    const file = workbookOf([['a', 'b', ' '], [1, 'x', '  '], [2, ' '], [], [' ', ' ', ' ', ' ']])
    const { values, report } = await read(file)
    assert.deepEqual(values, { a: [1, 2], b: ['x', null] })
    assert.deepEqual(
      report.findings.filter(({ code }) => code === 'blank').map(({ column }) => column),
      ['b'],
    )
  })

  test('has cells in all the ways that programs write them', async () => {
    const file = workbook(
      `<!-- a comment --><x:sheetData xmlns:x="x">
        <x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="str"><x:v>b&#x26;&quot;</x:v></x:c></x:row>
        <x:row r="5"><x:c r="A5" t="s"><x:v>1</x:v></x:c><x:c r="B5"><x:v> 1E3 </x:v></x:c></x:row>
        <x:row r="6"><x:c r="A6" t="inlineStr"><x:is><x:t><![CDATA[<raw>]]></x:t></x:is></x:c><x:c r="B6"/></x:row>
        <x:row r="7"><x:c r="A7" t="d"><x:v>2024-01-31</x:v></x:c><x:c t='e' r='B7'><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c></x:row>
      </x:sheetData>`,
      {
        texts:
          '<si><t>a</t></si><si><r><t>two </t></r><r><t>runs_x000D_</t></r><rPh><t>ignored</t></rPh></si>',
      },
    )
    const { values } = await read(file)
    assert.deepEqual(values, { a: ['two runs\r', '<raw>', '2024-01-31'], 'b&"': [1000, missing, missing] })
  })

  test('of many rows is read whole, in order', async () => {
    const rows = Array.from({ length: 30_000 }, (_, n) => [n, `t${n % 7}é`])
    const { values } = await read(workbookOf([['n', 't'], ...rows], { isPacked: true }))
    assert.ok(values.n?.every((n, row) => n === row && values.t?.[row] === `t${row % 7}é`))
  })
})

test('what a number stands for follows from the format that it is shown in', () => {
  const formats = {
    date: ['yyyy-mm-dd', 'dd.mm.yy;@', '[$-409]mmmm d, yyyy', 'mmm', 'd "of" mmmm', '[Red]m/d'],
    'date-time': ['d/m/yy h:mm', 'yyyy\\-mm\\-dd hh:mm:ss.000'],
    time: ['h:mm', 'mm:ss', '[$-F400]h:mm:ss AM/PM'],
    number: [
      'General',
      '0.00',
      '#,##0.00 "days"',
      '0.00E+00',
      '[h]:mm',
      '_-* #,##0\\ _d_-',
      '@',
      '0%;[Red]-0%',
      '',
    ],
  }
  for (const [meaning, found] of Object.entries(formats)) {
    for (const format of found) assert.equal(meaningOf(format), meaning, format)
  }
})

describe('an Excel workbook is refused', () => {
  const row = (cells: string) =>
    `<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2">${cells}</row></sheetData>`
  const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`
  const cases: readonly (readonly [what: string, file: Buffer, detail: RegExp])[] = [
    [
      'without a sheet',
      zipOf(workbookFiles('').map(([name, text]) => [name, String(text).replace(/<sheet .*\/>/, '')])),
      /expected a sheet/,
    ],
    [
      'without its parts',
      zipOf(workbookFiles('').filter(([name]) => !name.includes('one.xml'))),
      /it has no part xl\/worksheets\/one.xml/,
    ],
    ['without rows', workbook('<sheetData/>'), /no rows/],
    [
      'that is cut off within',
      workbook('<sheetData>'),
      /part xl\/worksheets\/one.xml is damaged: <\/worksheet> closes nothing/,
    ],
    ['with a document type', workbook('<!DOCTYPE x [<!ENTITY a "b">]>'), /document type declaration/],
    [
      'with a reference to nothing',
      workbook(row('<c r="A2" t="str"><v>&boom;</v></c>')),
      /reference names no character/,
    ],
    ['nested without end', workbook(deep), /nested too deeply/],
    [
      'with rows out of order',
      workbook('<sheetData><row r="2"/><row r="1"/></sheetData>'),
      /row behind row 2 has the number "1"/,
    ],
    [
      'with cells out of order',
      workbook(row('<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>')),
      /out of order at column A/,
    ],
    [
      'that is binary',
      zipOf(
        workbookFiles('').map(([name, text]) => [
          name,
          String(text).replace('xl/workbook.xml', 'xl/workbook.bin'),
        ]),
      ),
      /binary workbook \(\.xlsb\)/,
    ],
    [
      'that is a text document',
      zipOf([
        ['[Content_Types].xml', ''],
        ['word/document.xml', ''],
      ]),
      /nothing that is read here/,
    ],
    [
      'with a password',
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]),
      /one with a password/,
    ],
  ]
  for (const [what, file, detail] of cases) {
    test(what, async () => {
      const { code, message } = await refusal(file)
      assert.equal(code, 'dataset-invalid')
      assert.match(message, detail)
    })
  }

  test('when a byte of a sheet is another one', async () => {
    const file = workbookOf([['a'], [1], [2]])
    file[file.indexOf('<v>1</v>') + 3] = 0x33
    assert.match((await refusal(file)).message, /one.xml is damaged: its checksum is another one/)
  })

  test('by row and line where a cell can not be read', async () => {
    const sheet = `<sheetData><row r="3"><c r="B3" t="str"><v>a</v></c><c r="C3" t="str"><v>b</v></c></row>
      <row r="5"><c r="B5"><v>1x</v></c><c r="C5" t="s"><v>9</v></c></row>
      <row r="7"><c r="B7"><v>1</v></c><c r="D7"><v>2</v></c></row>
      <row r="8"><c r="B8" t="b"><v>7</v></c><c r="C8" t="zz"><v>7</v></c></row></sheetData>`
    assert.deepEqual((await refusal(workbook(sheet))).errors, [
      { path: 'row 1, a', line: 5, expected: 'a number', received: '"1x"' },
      { path: 'row 1, b', line: 5, expected: 'the number of a shared text', received: '"9"' },
      {
        path: 'row 2',
        line: 7,
        expected: 'values in the columns B to C, which row 3 names',
        received: 'a value in column D',
      },
      { path: 'row 3, a', line: 8, expected: 'true or false', received: '"7"' },
      { path: 'row 3, b', line: 8, expected: 'a cell of a known type', received: '"zz"' },
    ])
  })

  test('by a value to the left of the table, with the row that names it where there is one', async () => {
    const sheet = '<sheetData><row><c r="B1"><v>1</v></c></row><row><c r="A2"><v>2</v></c></row></sheetData>'
    const { errors } = await refusal(workbook(sheet), { reading: { header: 'absent' } })
    assert.deepEqual(
      errors.map(({ expected }) => expected),
      ['values in the columns B to B'],
    )
  })

  test('within a second for a million columns', async () => {
    const cells = Array.from({ length: 1e6 }, (_, n) => `<c t="str"><v>c${n}</v></c>`).join('')
    const files = [
      workbook(`<sheetData><row>${cells}</row></sheetData>`),
      workbook('<sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData>'),
      workbook(
        `<sheetData><row>${cells.slice(0, 250_000)}</row></sheetData>`.replace(
          /<c t="str"><v>c\d*<\/row>/,
          '</row>',
        ),
      ),
    ]
    for (const file of files) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, /columns; at most 10000|damaged/)
      assert.ok(computedMs < 1000, `${computedMs} ms`)
    }
  })

  test('within a second when it is a bomb', async () => {
    const files = workbookFiles(`<sheetData>${' '.repeat(100e6)}</sheetData>`)
    const honest = zipOf(files, { isPacked: true })
    const lying = Buffer.from(honest)
    // The directory's last entry is the sheet: 24 bytes into it stands the size.
    const entry = lying.lastIndexOf('PK\x01\x02', undefined, 'latin1')
    lying.writeUInt32LE(1000, entry + 24)
    for (const [file, detail] of [
      [honest, /expands to more than/],
      [lying, /larger than it says/],
    ] as const) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, detail)
      assert.ok(computedMs < 1000, `${computedMs} ms`)
    }
  })
})
