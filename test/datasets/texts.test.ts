import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Files, tarGzOf, tarOf, zipOf } from './images/archives.js'
import { read, refusal } from './reading.js'

const text = { declared: 'text' } as const
const codes = ({ report }: Awaited<ReturnType<typeof read>>) => report.findings.map(({ code }) => code)

describe('plain text', () => {
  test('is a row for each line, whatever stands in it', async () => {
    const lines = ['One, "two"; three', '{not: json}', '12', 'a\ttab', 'üñí 😀', '"open']
    for (const end of ['\n', '\r\n']) {
      const { values, columns } = await read(lines.join(end), text)
      assert.deepEqual(values, { text: lines })
      assert.deepEqual([columns[0]?.type, columns[0]?.meanBytes !== undefined], ['text', true])
    }
  })

  test('has its blank lines passed over and counted, and spaces around lines cut off', async () => {
    const reading = await read('\ufeff first \n\n   \nsecond\n\n', text)
    assert.deepEqual(reading.values.text, ['first', 'second'])
    assert.deepEqual([reading.report.rowsRead, reading.report.rowsKept], [2, 2])
    const blank = reading.report.findings.find(({ code }) => code === 'blank')
    assert.match(blank?.detail ?? '', /3 lines are empty/)
  })

  test('may be compressed, in another encoding, or asked for by name', async () => {
    assert.deepEqual((await read(gzipSync('a\nb\n'), text)).values, { text: ['a', 'b'] })
    const latin = Buffer.from('caf\xe9\nna\xefve\n', 'latin1')
    assert.deepEqual((await read(latin, text)).values.text, ['café', 'naïve'])
    const utf16 = Buffer.from('\ufeffeins\nzwei\n', 'utf16le')
    assert.deepEqual((await read(utf16, text)).values.text, ['eins', 'zwei'])
    assert.deepEqual((await read('{"a":1}\n[2]\n', { format: 'text' })).values.text, ['{"a":1}', '[2]'])
  })

  test('is CSV where nobody says that it is plain', async () => {
    assert.deepEqual((await read('a,b\n1,2\n')).values, { a: [1], b: [2] })
  })

  test('has missing words and given types as other tables', async () => {
    assert.deepEqual((await read('NA\nx\n?\n', text)).values.text, [null, 'x', null])
    const { columns } = await read('1\n2\n', { ...text, types: { text: 'category' } })
    assert.equal(columns[0]?.type, 'category')
  })

  test('with a line of more than a mebibyte is refused by the line, or read without it', async () => {
    const long = 'x'.repeat(2 ** 20 + 1)
    const error = await refusal(`short\n${long}\n`, text)
    assert.equal(error.code, 'dataset-rows-invalid')
    assert.match(error.errors[0]?.path ?? '', /row 2/)
    const { values, report } = await read(`short\n${long}\n${'y'.repeat(5 * 2 ** 20)}\nlast`, {
      ...text,
      onInvalidRow: 'skip',
    })
    assert.deepEqual(values.text, ['short', 'last'])
    assert.deepEqual([report.rowsRead, report.rowsSkipped], [4, 2])
  })

  test('without a line is refused', async () => {
    assert.match((await refusal('\n \n', text)).message, /no rows/)
  })
})

const folders: Files = [
  ['reviews/pos/1.txt', 'A lovely film,\n"in two lines".'],
  ['reviews/pos/2.txt', 'Good\r\n'],
  ['reviews/neg/1.txt', 'Bad'],
]

describe('an archive of class folders of texts', () => {
  for (const [what, pack] of [
    ['a zip', zipOf],
    ['a tar', tarOf],
    ['a tar with gzip around it', tarGzOf],
  ] as const) {
    test(`from ${what} becomes rows of text, label and file`, async () => {
      const { values, columns, report } = await read(pack(folders))
      assert.deepEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ['text', 'text'],
          ['label', 'category'],
          ['file', 'text'],
        ],
      )
      assert.deepEqual(values.label, ['pos', 'pos', 'neg'])
      assert.deepEqual(
        values.file,
        folders.map(([name]) => name),
      )
      assert.deepEqual(values.text, ['A lovely film,\n"in two lines".', 'Good', 'Bad'])
      assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [3, 3, 0])
    })
  }

  test('passes other files over and counts them, a readme beside the folders too', async () => {
    const more: Files = [['readme.txt', 'about'], ['.DS_Store', 'x'], ['reviews/list.csv', 'a,b'], ...folders]
    const { rows, report } = await read(zipOf(more))
    assert.equal(rows, 3)
    const other = report.findings.find(({ code }) => code === 'other-files')
    assert.match(other?.detail ?? '', /2 files .*: readme.txt, reviews\/list.csv/)
  })

  test('without folders has no labels', async () => {
    const { values } = await read(
      zipOf([
        ['a.txt', 'one'],
        ['b.TXT', 'two'],
      ]),
    )
    assert.deepEqual(values, { text: ['one', 'two'], file: ['a.txt', 'b.TXT'] })
  })

  test('reads each file in its encoding and says where it had to assume one', async () => {
    const files: Files = [
      ['a/1.txt', Buffer.from('\ufeffUTF-16 é', 'utf16le')],
      ['a/2.txt', Buffer.from('\ufeffUTF-8 é')],
      ['b/3.txt', Buffer.from('Latin \xe9', 'latin1')],
    ]
    const reading = await read(zipOf(files))
    assert.deepEqual(reading.values.text, ['UTF-16 é', 'UTF-8 é', 'Latin é'])
    assert.match(
      reading.report.findings.find(({ code }) => code === 'encoding')?.detail ?? '',
      /1 texts are not UTF-8/,
    )
  })

  test('keeps an empty file as a row without a text', async () => {
    const reading = await read(zipOf([...folders, ['reviews/neg/empty.txt', '']]))
    assert.deepEqual([reading.rows, reading.values.text?.at(-1)], [4, null])
    assert.ok(codes(reading).includes('blank'))
  })

  test('refuses files that are no texts by their names, or leaves them out', async () => {
    const bad: Files = [
      ...folders,
      ['reviews/neg/2.txt', 'a\0b'],
      ['reviews/neg/3.txt', 'x'.repeat(2 ** 20 + 1)],
    ]
    const error = await refusal(zipOf(bad))
    assert.equal(error.code, 'dataset-rows-invalid')
    assert.deepEqual(
      error.errors.map(({ path }) => path),
      ['reviews/neg/2.txt, text', 'reviews/neg/3.txt, text'],
    )
    const { rows, report } = await read(zipOf(bad), { onInvalidRow: 'skip' })
    assert.deepEqual([rows, report.rowsSkipped], [3, 2])
  })

  test('refuses names that are paths, as every archive', async () => {
    assert.match((await refusal(zipOf([['../a.txt', 'x']]))).message, /leaves its folder/)
  })
})
