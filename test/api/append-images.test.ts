import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { coloured, type Files, grey, zipOf } from '../datasets/images/archives.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const { send, get } = datasetRequests(() => app)

const [one, two, three, red] = await Promise.all([
  grey(10),
  grey(20),
  grey(30),
  coloured({ r: 255, g: 0, b: 0 }, { width: 9, height: 9 }),
])

const post = (url: string, files: Files) =>
  send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/zip' },
    payload: zipOf(files),
  })

test('images are appended to images: bytes are shared, and the columns are those of all rows', async () => {
  const first = await post('/v1/datasets?name=plants', [
    ['leaf/1.png', one],
    ['leaf/2.png', two],
  ])
  assert.deepEqual(first.body.columns[0].images, { width: 6, height: 5, channels: 1 })
  const { status, body } = await post('/v1/datasets/plants/rows', [
    ['root/1.png', red],
    ['leaf/3.png', one],
    ['root/2.png', Buffer.from('none')],
  ])
  assert.deepEqual([status, body.code], [422, 'dataset-rows-invalid'])
  const appended = await post('/v1/datasets/plants/rows?onInvalidRow=skip', [
    ['root/1.png', red],
    ['leaf/3.png', one],
    ['root/2.png', Buffer.from('none')],
  ])
  assert.equal(appended.status, 201, JSON.stringify(appended.body))
  const { rows, columns, report, storedBytes } = appended.body
  assert.equal(rows, 4)
  assert.deepEqual(columns[0], {
    name: 'image',
    type: 'image',
    missing: 0,
    distinct: 3,
    images: { width: 6, height: 5, channels: 3 },
  })
  assert.deepEqual(
    [columns[1].name, columns[1].distinct, columns[2].distinct, columns.length],
    ['label', 2, 4, 3],
  )
  assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [3, 2, 1])
  assert.deepEqual(report.appendedTo, { version: 1, rows: 2 })
  assert.match(
    report.findings.find(({ code }: { code: string }) => code === 'duplicate-images')?.detail,
    /^1 of 4 images/,
  )
  assert.ok(storedBytes > first.body.storedBytes)
  const all = (await get('/v1/datasets/plants/rows?limit=9')).body.rows
  assert.deepEqual(
    all.map(({ label, file }: { label: string; file: string }) => [label, file]),
    [
      ['leaf', 'leaf/1.png'],
      ['leaf', 'leaf/2.png'],
      ['root', 'root/1.png'],
      ['leaf', 'leaf/3.png'],
    ],
  )
  const { body: difference } = await get('/v1/datasets/plants/versions/2/difference')
  assert.deepEqual([difference.rows.added, difference.rows.removed], [2, 0])
})

test('a manifest may name its columns in any order, and leave some out', async () => {
  const manifest = (text: string): Files => [
    ['1.png', one],
    ['2.png', two],
    ['manifest.csv', text],
  ]
  await post('/v1/datasets?name=sized', manifest('file_name,kind,height\n1.png,oak,3\n2.png,elm,4\n'))
  const { status, body } = await post(
    '/v1/datasets/sized/rows',
    manifest('height,file_name\n5.5,2.png\n6,1.png\n'),
  )
  assert.equal(status, 201, JSON.stringify(body))
  const { rows } = (await get('/v1/datasets/sized/rows?limit=9')).body
  assert.deepEqual(
    rows.map(({ kind, height, file_name }: Record<string, unknown>) => [file_name, kind, height]),
    [
      ['1.png', 'oak', 3],
      ['2.png', 'elm', 4],
      ['1.png', null, 6],
      ['2.png', null, 5.5],
    ],
  )
  assert.ok(body.report.findings.some(({ code }: { code: string }) => code === 'widened'))
  const other = await post('/v1/datasets/sized/rows', [['oak/1.png', three]])
  assert.deepEqual([other.status, other.body.code], [422, 'dataset-rows-invalid'])
  assert.deepEqual(other.body.errors[0], {
    path: 'oak/1.png, label',
    expected: 'a column of the dataset',
    received: '"oak"',
  })
})

test('images are not appended to a table, nor rows to images', async () => {
  await send({ method: 'POST', url: '/v1/datasets', payload: { name: 'table', rows: [{ a: 1 }, { a: 2 }] } })
  const images = await post('/v1/datasets/table/rows', [['a/1.png', one]])
  assert.deepEqual([images.status, images.body.code], [422, 'dataset-invalid'])
  assert.match(images.body.detail, /The dataset holds no images/)
  const rows = [{ image: 'x', label: 'leaf', file: 'y' }]
  const text = await send({ method: 'POST', url: '/v1/datasets/plants/rows', payload: { rows } })
  assert.match(text.body.detail, /Rows can not be appended to images/)
})

test('an archive of texts is appended to one', async () => {
  const texts: Files = [
    ['pos/1.txt', 'a lovely film'],
    ['neg/1.txt', 'a dull one'],
  ]
  await post('/v1/datasets?name=reviews', texts)
  const { status, body } = await post('/v1/datasets/reviews/rows', [
    ['pos/2.txt', 'lovely again'],
    ['so-so/1.txt', 'not bad'],
  ])
  assert.equal(status, 201, JSON.stringify(body))
  assert.deepEqual([body.rows, body.columns[1].distinct], [4, 3])
})
