import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { read, refusal } from '../reading.js'
import { coloured, type Files, grey, tarGzOf, tarOf, zipOf } from './archives.js'

const red = { r: 255, g: 0, b: 0 }
const [one, two, three] = await Promise.all([grey(10), grey(20), grey(30)])
const folders: Files = [
  ['cat/1.png', one],
  ['cat/2.png', two],
  ['dog/1.png', three],
]

describe('class folders become rows of image, label and file', () => {
  for (const [what, pack] of [
    ['a zip', zipOf],
    ['a tar', tarOf],
    ['a tar with gzip around it', tarGzOf],
  ] as const) {
    test(`from ${what}, byte for byte`, async () => {
      const { rows, columns, values, files, report } = await read(pack(folders))
      assert.equal(rows, 3)
      assert.deepEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ['image', 'image'],
          ['label', 'category'],
          ['file', 'text'],
        ],
      )
      assert.deepEqual(columns[0]?.images, { width: 6, height: 5, channels: 1 })
      assert.deepEqual(values.label, ['cat', 'cat', 'dog'])
      assert.deepEqual(values.file, ['cat/1.png', 'cat/2.png', 'dog/1.png'])
      assert.deepEqual(files.image, [one, two, three])
      assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [3, 3, 0])
    })
  }

  test('with the folder that a file lies in as its class, below whatever other folders', async () => {
    const { values } = await read(zipOf(folders.map(([name, bytes]) => [`pets/train/${name}`, bytes])))
    assert.deepEqual(values.label, ['cat', 'cat', 'dog'])
  })

  for (const [what, pack] of [
    ['tar', tarOf],
    ['zip', zipOf],
  ] as const) {
    test(`from a ${what} of the folder that one stands in, whose names begin with ./`, async () => {
      const named = folders.map(([name, bytes]): [string, Buffer | string] => [`./${name}`, bytes])
      const { values } = await read(pack([...named, ['./.DS_Store', 'x'], ['./4.png', one]]))
      assert.deepEqual(values.label, ['cat', 'cat', 'dog', null])
      assert.deepEqual(values.file, [...folders.map(([name]) => name), '4.png'])
    })
  }

  test('in each format that sharp reads, and coloured where one image is', async () => {
    const files: [string, Buffer][] = []
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const) {
      files.push([`all/${format}`, await coloured(red, { format })])
    }
    const { rows, columns } = await read(zipOf([...files, ['all/grey.png', one]]))
    assert.equal(rows, 6)
    assert.deepEqual(columns[0]?.images, { width: 8, height: 6, channels: 3 })
  })

  test('in parts of 32 MiB', async () => {
    const noise = Buffer.alloc(2100 * 2100)
    for (let at = 0; at < noise.length; at++) noise[at] = Math.imul(at, 2654435761) >>> 24
    const { default: sharp } = await import('sharp')
    const raw = { width: 2100, height: 2100, channels: 1 } as const
    const large = await sharp(noise, { raw }).png({ compressionLevel: 0 }).toBuffer()
    const files = Array.from({ length: 10 }, (_, n): [string, Buffer] => [`a/${n}.png`, large])
    const { rows, parts } = await read(zipOf(files))
    assert.equal(rows, 10)
    assert.ok(parts.length > 1, `${parts.length} parts`)
  })

  test('and what is remarkable about them stands in the findings', async () => {
    const copies = Array.from({ length: 12 }, (_, n): [string, Buffer] => [`dog/${n}.png`, three])
    const files: Files = [...copies, ['cat/1.png', one], ['readme.txt', 'about'], ['.DS_Store', 'x']]
    const { report, rows } = await read(zipOf(files))
    assert.equal(rows, 13)
    assert.deepEqual(report.findings.map(({ code }) => code).sort(), [
      'class-imbalance',
      'duplicate-images',
      'other-files',
    ])
    assert.match(report.findings.find(({ code }) => code === 'other-files')?.detail ?? '', /^2 files.*readme/)
  })
})

describe('damaged images', () => {
  const cut = one.subarray(0, one.length - 20)
  const files: Files = [...folders, ['dog/cut.png', cut], ['dog/text.png', 'no image'], ['dog/none.jpg', '']]

  test('refuse the upload, each by its name', async () => {
    const { code, message, errors } = await refusal(zipOf(files))
    assert.equal(code, 'dataset-rows-invalid')
    assert.match(message, /3 of 6 images/)
    assert.deepEqual(
      errors.map(({ path }) => path),
      ['dog/cut.png', 'dog/text.png', 'dog/none.jpg'],
    )
  })

  test('are counted when they are skipped: rows in equal rows out and counted ones', async () => {
    const { rows, report, values } = await read(zipOf(files), { onInvalidRow: 'skip' })
    assert.equal(rows, 3)
    assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [6, 3, 3])
    assert.equal(report.errors.length, 3)
    assert.deepEqual(values.label, ['cat', 'cat', 'dog'])
  })

  test('are refused when none is left', async () => {
    assert.match((await refusal(zipOf([['a/b.png', cut]]), { onInvalidRow: 'skip' })).message, /none is left/)
  })
})

describe('an archive is refused', () => {
  const bad = ['../x.png', '/etc/x.png', 'a/../../x.png', 'C:/x.png', 'a\\x.png']
  for (const name of bad) {
    for (const [what, pack] of [
      ['zip', zipOf],
      ['tar', tarOf],
    ] as const) {
      test(`as a ${what} with a file named ${name}`, async () => {
        const { code, message } = await refusal(pack([...folders, [name, one]]))
        assert.equal(code, 'dataset-invalid')
        assert.doesNotMatch(message, /flywheel-reading/)
      })
    }
  }
  test('that holds a name twice', async () => {
    assert.match((await refusal(zipOf([...folders, ['cat/1.png', two]]))).message, /twice/)
  })
  test('that holds a table, by its name', async () => {
    const tables: Files = [['data/train.csv', 'a\n1\n']]
    for (const [files, message] of [
      [tables, /holds a table and no images: "data\/train\.csv"$/],
      [[...tables, ['data/test.csv', 'a\n2\n'], ['__MACOSX/._x', '']], /holds 2 tables and no images/],
    ] as const) {
      const error = await refusal(zipOf(files))
      assert.match(error.message, message)
      assert.match(error.remedy, /upload the table itself/)
    }
  })

  test('that holds no images', async () => {
    assert.match((await refusal(zipOf([['a/notes.md', 'x']]))).message, /holds no images/)
    assert.match((await refusal(zipOf([]))).message, /holds no images/)
  })
  test('that is cut off', async () => {
    for (const pack of [zipOf, tarOf, tarGzOf]) {
      const packed = pack(folders)
      const { code } = await refusal(packed.subarray(0, Math.floor(packed.length * 0.6)))
      assert.match(code, /^dataset-(rows-)?invalid$/)
    }
  })
  test('that is no more than an Office document', async () => {
    const { code } = await refusal(zipOf([['[Content_Types].xml', '<x/>']]))
    assert.equal(code, 'dataset-invalid')
  })
})

describe('links are passed over and counted', () => {
  test('in a zip', async () => {
    const files: Files = [...folders, ['cat/link.png', '../../etc/passwd']]
    const onlyLinks = zipOf([files[3] as (typeof files)[number]], { mode: 0o120777 })
    assert.match((await refusal(onlyLinks)).message, /holds no images/)
  })
  test('in a tar', async () => {
    const links = tarOf([['cat/link.png', '/etc/passwd']], { type: '2' })
    const { rows, report } = await read(Buffer.concat([links.subarray(0, 512), tarOf(folders)]))
    assert.equal(rows, 3)
    assert.deepEqual(
      report.findings.map(({ code, detail }) => [code, detail.slice(0, 8)]),
      [['other-files', '1 files ']],
    )
  })
})
