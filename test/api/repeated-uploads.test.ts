import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { idempotencyKeys } from '../../src/registry/database/schema.js'
import { csv, datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  const started = await startApp()
  app = started.app
  stop = started.stop
})
after(() => stop())

const { send, get } = datasetRequests(() => app)

const upload = (key: string, payload: string, headers: Record<string, string> = csv) =>
  send({
    method: 'POST',
    url: `/v1/datasets${headers === csv ? `?name=${key}` : ''}`,
    headers: { ...headers, 'idempotency-key': key },
    payload,
  })

const form = (key: string, { boundary, file }: { boundary: string; file: string }) => {
  const part = (name: string, value: string, rest = '') =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n${value}\r\n`
  const payload = `${part('name', key)}${part('file', file, '; filename="a.csv"')}--${boundary}--\r\n`
  return upload(key, payload, { 'content-type': `multipart/form-data; boundary=${boundary}` })
}

const versionOf = async (name: string): Promise<number> => (await get(`/v1/datasets/${name}`)).body.version

test('an upload that is repeated under its key gives the first answer and no new version', async () => {
  const first = await upload('again', 'a,b\n1,2\n3,4\n')
  const second = await upload('again', 'a,b\n1,2\n3,4\n')
  assert.deepEqual([first.status, second.status], [201, 201])
  assert.deepEqual(second.body, first.body)
  assert.equal(await versionOf('again'), 1)
})

test('another file of the same length under the same key is refused', async () => {
  await upload('other', 'a,b\n1,2\n3,4\n')
  const { status, body } = await upload('other', 'a,b\n1,2\n3,5\n')
  assert.deepEqual([status, body.code], [422, 'idempotency-key-reused'])
  assert.equal(await versionOf('other'), 1)
})

test('a form counts by its fields and its file, not by its boundary', async () => {
  const first = await form('form', { boundary: 'one', file: 'a,b\n1,2\n3,4\n' })
  const same = await form('form', { boundary: 'another', file: 'a,b\n1,2\n3,4\n' })
  const other = await form('form', { boundary: 'one', file: 'a,b\n1,2\n3,5\n' })
  assert.deepEqual([first.status, same.status, other.status], [201, 201, 422])
  assert.deepEqual(same.body, first.body)
})

test('twenty equal uploads at once make one version', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => upload('once', 'a,b\n1,2\n3,4\n')))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  assert.equal(await versionOf('once'), 1)
})

test('appended rows are compared too', async () => {
  await upload('grown', 'a,b\n1,2\n3,4\n')
  const append = (payload: string) =>
    send({
      method: 'POST',
      url: '/v1/datasets/grown/rows',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'rows' },
      payload,
    })
  const answers = [
    await append('{"a":5,"b":6}\n'),
    await append('{"a":5,"b":6}\n'),
    await append('{"a":5,"b":7}\n'),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 422],
  )
  assert.equal(await versionOf('grown'), 2)
})

test('an upload that was refused frees its key', async () => {
  assert.equal((await upload('mended', 'a,a\n1,2\n')).status, 422)
  assert.equal((await upload('mended', 'a,b\n1,2\n')).status, 201)
})

test('an upload or an append whose answer a crash has lost is found by its key, and not made again', async () => {
  const crash = () =>
    app.database.db
      .update(idempotencyKeys)
      .set({ status: null, headers: null, body: null, leaseUntil: new Date(0) })
  const append = () =>
    send({
      method: 'POST',
      url: '/v1/datasets/crashed/rows',
      headers: { ...csv, 'idempotency-key': 'crashed rows' },
      payload: 'a,b\n5,6\n',
    })
  for (const [attempt, version] of [
    [() => upload('crashed', 'a,b\n1,2\n3,4\n'), 1],
    [append, 2],
  ] as const) {
    const first = await attempt()
    await crash()
    const second = await attempt()
    assert.deepEqual([first.status, second.status], [201, 201])
    assert.deepEqual(second.body, first.body)
    assert.equal(await versionOf('crashed'), version)
  }
})
