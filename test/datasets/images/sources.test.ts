import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { withDuckDb } from '../../../src/datasets/duckdb.js'
import { decodeImage } from '../../../src/datasets/images/decode-image.js'
import { ingestParquetImages } from '../../../src/datasets/images/ingest-parquet-images.js'
import { parquet as parquetOf } from '../../support/parquet.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { read, refusal, timedRefusal } from '../reading.js'
import { type Files, grey, idxOf, tarOf, zipOf } from './archives.js'

const [one, two, three] = await Promise.all([grey(10), grey(20), grey(30)])
const images: Files = [
  ['images/a.png', one],
  ['images/b.png', two],
  ['images/c.png', three],
]

describe('a manifest gives images their columns', () => {
  const csv = 'file,age,kind\nimages/b.png,2,"x, y"\nimages/a.png,1,z\nimages/a.png,7,w\n'
  const expected = {
    file: ['images/a.png', 'images/a.png', 'images/b.png'],
    age: [1, 7, 2],
    kind: ['z', 'w', 'x, y'],
  }
  const rest = ({ image: _, ...values }: Readonly<Record<string, unknown>>) => values
  const list = [
    { file: 'images/b.png', age: 2, kind: 'x, y' },
    { file: 'images/a.png', age: 1, kind: 'z' },
    { file: 'images/a.png', age: 7, kind: 'w' },
  ]

  test('as CSV in a zip, with images that it does not name counted', async () => {
    const { values, files, report, columns } = await read(zipOf([['labels.csv', csv], ...images]))
    assert.deepEqual(rest(values), expected)
    assert.deepEqual(files.image, [one, one, two])
    assert.deepEqual(
      columns.map(({ type }) => type),
      ['image', 'text', 'integer', 'category'],
    )
    assert.deepEqual(
      report.findings.map(({ code }) => code),
      ['duplicate-images', 'unnamed-images'],
    )
  })

  test('as CSV with semicolons in a tar, named from its own folder', async () => {
    const files = images.map(([name, bytes]) => [`set/${name}`, bytes] as const)
    const { values } = await read(tarOf([...files, ['set/index.csv', csv.replaceAll(/,(?! )/g, ';')]]))
    assert.deepEqual(rest(values), expected)
  })

  for (const [what, text] of [
    ['a JSON list', JSON.stringify(list)],
    ['NDJSON', list.map((row) => JSON.stringify(row)).join('\n')],
  ] as const) {
    test(`as ${what}`, async () => {
      assert.deepEqual(rest((await read(zipOf([...images, ['rows.json', text]]))).values), expected)
    })
  }

  test('and rows without their file, or with values that do not fit, are named and counted', async () => {
    const numbers = Array.from({ length: 12 }, (_, n) => `images/a.png,${n}`)
    const rows = ['file,age', ...numbers, 'images/none.png,3', 'images/b.png,wide', 'images/c.png']
    const packed = zipOf([...images, ['labels.csv', rows.join('\n')]])
    const { errors } = await refusal(packed)
    assert.deepEqual(
      errors.map(({ path, received }) => [path, received]),
      [
        ['row 13', '"images/none.png"'],
        ['row 15', '1 in "images/c.png"'],
      ],
    )
    const { values, report, rows: kept, columns } = await read(packed, { onInvalidRow: 'skip' })
    assert.equal(kept, 12)
    assert.deepEqual(
      values.age,
      Array.from({ length: 12 }, (_, n) => n),
    )
    assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [15, 12, 3])
    assert.deepEqual(report.errors.at(-1)?.path, 'images/b.png, age')
    assert.equal(columns[0]?.distinct, 1)
  })

  test('unless several tables name images', async () => {
    const { message } = await refusal(zipOf([...images, ['a.csv', csv], ['b.csv', csv]]))
    assert.match(message, /2 tables that name its images: a\.csv, b\.csv/)
    const { rows } = await read(zipOf([...images, ['a.csv', csv], ['manifest.csv', csv]]))
    assert.equal(rows, 3)
  })
})

describe('IDX files', () => {
  const pixels = Uint8Array.from({ length: 3 * 4 * 5 }, (_, at) => at * 4)
  const files = { images: idxOf([3, 4, 5], pixels), labels: idxOf([3], Uint8Array.of(7, 0, 7)) }

  async function isSame(reading: Awaited<ReturnType<typeof read>>): Promise<void> {
    const { values, files, columns } = reading
    assert.deepEqual(values.label, ['7', '0', '7'])
    assert.deepEqual(columns[0]?.images, { width: 5, height: 4, channels: 1 })
    const form = { width: 5, height: 4, channels: 1, fit: 'fill', crop: 1 } as const
    for (const [row, file] of (files.image ?? []).entries()) {
      const decoded = await decodeImage(file as Uint8Array, form)
      assert.deepEqual([...decoded], [...pixels.subarray(row * 20, (row + 1) * 20)])
    }
  }

  test('are read from two files', async () => isSame(await read(files.images, { labels: files.labels })))
  test('are read from two gzipped files', async () => {
    await isSame(await read(gzipSync(files.images), { labels: gzipSync(files.labels) }))
  })
  test('are read from a zip, gzipped or not, whichever belong together', async () => {
    await isSame(
      await read(
        zipOf([
          ['x/train-images-idx3-ubyte.gz', gzipSync(files.images)],
          ['x/train-labels-idx1-ubyte', files.labels],
        ]),
      ),
    )
    const both = await read(
      tarOf([
        ['train-images-idx3-ubyte', files.images],
        ['train-labels-idx1-ubyte', files.labels],
        ['t10k-images-idx3-ubyte', files.images],
        ['t10k-labels-idx1-ubyte', idxOf([3], Uint8Array.of(1, 2, 3))],
      ]),
    )
    assert.deepEqual(both.values.label, ['7', '0', '7', '1', '2', '3'])
  })
  test('are refused without labels, with others of another length, and when they are cut', async () => {
    assert.match((await refusal(files.images)).message, /no labels for the 3 images/)
    assert.match((await refusal(files.labels)).message, /no images beside the labels/)
    const four = idxOf([4], Uint8Array.of(1, 2, 3, 4))
    assert.match((await refusal(files.images, { labels: four })).message, /no labels for the 3 images/)
    const cut = files.images.subarray(0, 50)
    assert.match((await refusal(cut, { labels: files.labels })).message, /has 50 bytes/)
    const huge = idxOf([3, 100_000, 100_000], new Uint8Array(0))
    assert.match((await refusal(huge, { labels: files.labels })).message, /asks for/)
  })
})

describe('Parquet with a column of images', async () => {
  const folder = await temporaryFolder()
  const hex = (bytes: Buffer) => `'${bytes.toString('hex')}'`
  let count = 0
  const request = { folder, output: join(folder, 'out'), onInvalidRow: 'reject', types: {} } as const

  async function written(bytes: Buffer): Promise<string> {
    const path = join(folder, `${count++}.copy`)
    await writeFile(path, bytes)
    return path
  }

  /** @param select columns of rows numbered by i, from 0; `image(i)` gives the file */
  async function parquet(select: string, metadata = ''): Promise<Buffer> {
    const path = join(folder, `${count++}.parquet`)
    const image = `create macro picture(i) as unhex([${[one, two, three].map(hex).join(', ')}][i + 1])`
    await withDuckDb({}, async (connection) => {
      await connection.run(image)
      await connection.run(
        `copy (select ${select} from range(3) t(i)) to '${path}' (format parquet${metadata})`,
      )
    })
    return readFile(path)
  }

  test('as bytes, with other columns in their types', async () => {
    const { values, files, columns } = await read(
      await parquet(
        `i * 1.5 as size, i = 1 as ok, picture(i) as photo, 'n' || i % 2 as kind, i::bigint as id`,
      ),
    )
    assert.deepEqual(
      columns.map(({ name, type }) => `${name} ${type}`),
      ['photo image', 'size number', 'ok boolean', 'kind category', 'id integer'],
    )
    assert.deepEqual(files.photo, [one, two, three])
    assert.deepEqual(
      [values.size, values.ok, values.kind],
      [
        [0, 1.5, 3],
        [0, 1, 0],
        ['n0', 'n1', 'n0'],
      ],
    )
  })

  test('as bytes and path, with the names of its classes', async () => {
    const features = { info: { features: { label: { names: ['cat', 'dog'], _type: 'ClassLabel' } } } }
    const { values, files } = await read(
      await parquet(
        `{ bytes: picture(i), path: 'f' || i || '.png' } as image, i % 2 as label`,
        `, kv_metadata { huggingface: '${JSON.stringify(features)}' }`,
      ),
    )
    assert.deepEqual(values.label, ['cat', 'dog', 'cat'])
    assert.deepEqual(values.file, ['f0.png', 'f1.png', 'f2.png'])
    assert.deepEqual(files.image, [one, two, three])
  })

  test('with missing images counted as missing values, and damaged ones named', async () => {
    const missing = await read(
      await parquet('case when i = 1 then null else picture(i) end as image, i as n'),
    )
    assert.equal(missing.columns[0]?.missing, 1)
    assert.deepEqual(missing.files.image?.[1], null)
    const { errors } = await refusal(
      await parquet(`case when i = 2 then 'abc'::blob else picture(i) end as image`),
    )
    assert.deepEqual(
      errors.map(({ path }) => path),
      ['row 3, image'],
    )
  })

  test('and is refused without images, with two columns of them, and when it is damaged', async () => {
    await assert.rejects(
      ingestParquetImages({ ...request, path: await written(await parquet('i')) }),
      /No column of the Parquet file holds images/,
    )
    const two = await parquet('picture(i) as a, picture(i) as b')
    assert.match((await refusal(two)).message, /Beside the images in a there are columns of bytes: b/)
    const whole = await parquet('picture(i) as a')
    assert.match((await refusal(whole.subarray(0, 100))).message, /can not be read/)
  })

  test('and is refused within a second when it is a bomb', async () => {
    const copies = (more = '') => `unhex(${hex(one)}) as image${more} from range`
    const numbers = Array.from({ length: 150 }, (_, n) => `, ${n} as n${n}`).join('')
    const manyNumbers = await parquetOf(`select ${copies(numbers)}(900000)`)
    const manyImages = await parquetOf(`select ${copies()}(3000000)`, 'row_group_size 1000000')
    const texts = await parquetOf(`select ${copies(", repeat('a', 1000000) as t")}(200)`, 'compression zstd')
    for (const file of [manyNumbers, manyImages, texts]) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, /\d+ bytes expands to .*\d+ bytes; at most \d+ times its size/)
      assert.ok(computedMs < 1000, `${error.message}: ${computedMs} ms`)
    }
  })
})
