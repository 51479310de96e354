import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { coloured, grey, idxOf, zipOf } from '../datasets/images/archives.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const { send, get } = datasetRequests(() => app)

const large = await coloured({ r: 0, g: 200, b: 0 }, { format: 'jpeg', width: 300, height: 150 })
const archive = zipOf([
  ['leaf/1.jpg', large],
  ['leaf/2.png', await grey(40)],
  ['root/1.png', await grey(50)],
])

const upload = (name: string, type: string, payload: Buffer, query = '') =>
  send({
    method: 'POST',
    url: `/v1/datasets?name=${name}${query}`,
    headers: { 'content-type': type },
    payload,
  })

async function sizeOf(url: unknown): Promise<(number | undefined)[]> {
  const [head, data = ''] = String(url).split(',')
  assert.equal(head, 'data:image/png;base64')
  const { width, height } = await sharp(Buffer.from(data, 'base64')).metadata()
  return [width, height]
}

test('a zip of class folders is a dataset whose rows and profile show small images', async () => {
  const { status, body } = await upload('plants', 'application/zip', archive)
  assert.equal(status, 201, JSON.stringify(body))
  assert.deepEqual(body.columns[0].images, { width: 6, height: 5, channels: 3 }) // the most frequent size
  const { rows } = (await get('/v1/datasets/plants/rows?limit=2')).body
  assert.deepEqual(await sizeOf(rows[0].image), [128, 64])
  assert.deepEqual(await sizeOf(rows[1].image), [6, 5])
  assert.deepEqual([rows[0].label, rows[0].file], ['leaf', 'leaf/1.jpg'])
  const { columns } = (await get('/v1/datasets/plants/profile')).body
  assert.equal(columns[0].images.length, 3)
  assert.deepEqual(await sizeOf(columns[0].images[0]), [128, 64])
  assert.deepEqual(
    [columns[0].count, columns[0].missing, columns[0].numbers, columns[0].top],
    [3, 0, null, null],
  )
})

test('a file is read by its content, whatever its content type says', async () => {
  for (const type of ['text/csv', 'application/octet-stream', 'application/gzip']) {
    assert.equal((await upload('plants', type, archive)).status, 201)
  }
  const text = await upload('table', 'application/octet-stream', Buffer.from('a,b\n1,2\n'))
  assert.deepEqual([text.status, text.body.rows], [201, 1])
})

test('IDX images and labels come as two parts of a form', async () => {
  const boundary = 'x'
  const part = (name: string, bytes: Buffer) => [
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]
  const form = (...parts: Buffer[][]) =>
    send({
      method: 'POST',
      url: '/v1/datasets',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: Buffer.concat([
        Buffer.from('--x\r\ncontent-disposition: form-data; name="name"\r\n\r\ndigits\r\n'),
        ...parts.flat(),
        Buffer.from('--x--\r\n'),
      ]),
    })
  const images = idxOf([2, 3, 3], new Uint8Array(18).fill(9))
  const labels = idxOf([2], Uint8Array.of(4, 5))
  const { status, body } = await form(part('file', images), part('labels', labels))
  assert.equal(status, 201, JSON.stringify(body))
  assert.equal(body.sizeBytes, images.length + labels.length)
  const { rows } = (await get('/v1/datasets/digits/rows')).body
  assert.deepEqual(
    rows.map(({ label }: { label: string }) => label),
    ['4', '5'],
  )
  const alone = await form(part('file', images))
  assert.deepEqual([alone.status, alone.body.code], [422, 'dataset-invalid'])
  const table = await form(part('file', Buffer.from('a\n1\n')), part('labels', labels))
  assert.deepEqual([table.status, table.body.code], [422, 'dataset-invalid'])
})

test('rows of text can not be appended to images, nor be taken for them', async () => {
  const rows = [{ image: 'x', label: 'leaf', file: 'y' }]
  const appended = await send({ method: 'POST', url: '/v1/datasets/plants/rows', payload: { rows } })
  assert.deepEqual([appended.status, appended.body.code], [422, 'dataset-invalid'])
  assert.match(appended.body.detail, /appended to images/)
  const typed = await upload('table', 'text/csv', Buffer.from('a\nx\n'), '&types={"a":"image"}')
  assert.deepEqual([typed.status, typed.body.code], [422, 'dataset-invalid'])
  const other = await upload('plants', 'application/zip', archive, '&types={"image":"text"}')
  assert.deepEqual([other.status, other.body.code], [422, 'dataset-invalid'])
})

test('a preview shows images before and after the steps', async () => {
  const transforms = [{ name: 'image', columns: 'image', options: { width: 4, height: 8, channels: 'grey' } }]
  const preview = (payload: object) => send({ method: 'POST', url: '/v1/transforms/preview', payload })
  const { status, body } = await preview({ dataset: 'plants', target: 'label', transforms })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(await sizeOf(body.before[0].image.image), [128, 64])
  assert.equal(body.before[0].image.sizeBytes, large.length)
  const { shape, rowKind, values, image } = body.after[0].image
  assert.deepEqual([rowKind, shape, values.length], ['image', [8, 4, 1], 32])
  assert.deepEqual(await sizeOf(image), [4, 8])
  const usual = await preview({ dataset: 'plants', target: 'label' })
  assert.deepEqual(
    usual.body.transforms.map(({ name }: { name: string }) => name),
    ['image'],
  )
  assert.deepEqual(usual.body.after[0].image.shape, [5, 6, 3])
})
