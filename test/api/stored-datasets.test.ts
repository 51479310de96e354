import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { jobs } from '../../src/registry/database/schema.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  const started = await startApp()
  app = started.app
  stop = started.stop
})
after(() => stop())

const { send, upload, get } = datasetRequests(() => app)

describe('a dataset', () => {
  before(() => upload('kept', 'n,t,b\n1,x,true\n2.5,"a, b",false\n,,\n'))

  test('shows its first rows in their types', async () => {
    const { body } = await get('/v1/datasets/kept/rows?limit=3')
    assert.deepEqual(body.rows, [
      { n: 1, t: 'x', b: true },
      { n: 2.5, t: 'a, b', b: false },
      { n: null, t: null, b: null },
    ])
    assert.equal((await get('/v1/datasets/kept/rows?limit=1')).body.rows.length, 1)
    assert.equal((await get('/v1/datasets/kept/rows?limit=0')).status, 400)
  })

  test('takes rows that fit, as a new version', async () => {
    const url = '/v1/datasets/kept/rows'
    const json = await send({ method: 'POST', url, payload: { rows: [{ n: 4, t: 'new' }] } })
    assert.deepEqual(
      [json.status, json.body.version, json.body.rows, json.body.report.rowsKept],
      [201, 2, 4, 1],
    )
    const headers = { 'content-type': 'application/x-ndjson' }
    const lines = await send({ method: 'POST', url, headers, payload: '{"b":true}\n{"n":5}\n' })
    assert.deepEqual([lines.body.version, lines.body.rows], [3, 6])
    assert.deepEqual((await get(`${url}?limit=6`)).body.rows.slice(3), [
      { n: 4, t: 'new', b: null },
      { n: null, t: null, b: true },
      { n: 5, t: null, b: null },
    ])
    assert.equal((await get(`${url}?version=1`)).body.rows.length, 3)
  })

  test('refuses rows that do not fit', async () => {
    const rows = [{ n: 'x' }, { b: 1.5 }, { colour: 'red' }, 7]
    const { status, body } = await send({ method: 'POST', url: '/v1/datasets/kept/rows', payload: { rows } })
    assert.equal(status, 422)
    assert.deepEqual(
      body.errors.map((error: { path: string; expected: string }) => `${error.path}: ${error.expected}`),
      [
        'row 1, n: a number',
        'row 2, b: true or false',
        'row 3, colour: a column of the dataset',
        'row 4: a JSON object',
      ],
    )
    assert.equal(
      (await send({ method: 'POST', url: '/v1/datasets/none/rows', payload: { rows } })).status,
      404,
    )
    assert.equal((await send({ method: 'POST', url: '/v1/datasets/kept/rows' })).body.code, 'body-malformed')
  })

  test('appended to by many at once loses no row', async () => {
    await upload('many', 'a\n0\n')
    const append = (n: number) =>
      send({ method: 'POST', url: '/v1/datasets/many/rows', payload: { rows: [{ a: n }] } })
    const answers = await Promise.all([1, 2, 3, 4].map(append))
    assert.deepEqual(answers.map(({ body }) => body.version).sort(), [2, 3, 4, 5])
    const { body } = await get('/v1/datasets/many/rows')
    assert.deepEqual(body.rows.map(({ a }: { a: number }) => a).sort(), [0, 1, 2, 3, 4])
  })

  test('is described by its profile', async () => {
    const { status, body } = await get('/v1/datasets/kept/profile?version=1')
    assert.equal(status, 200)
    const [n, t, b] = body.columns
    assert.deepEqual(
      [n.count, n.missing, n.distinct, n.numbers.mean, n.numbers.maximum],
      [2, 1, 2, 1.75, 2.5],
    )
    assert.deepEqual(t.top, [
      { value: 'a, b', count: 1 },
      { value: 'x', count: 1 },
    ])
    assert.deepEqual(b.top, [
      { value: false, count: 1 },
      { value: true, count: 1 },
    ])
  })

  test('is listed by name, in pages', async () => {
    await upload('other', 'a\n1\n')
    await upload('third', 'a\n2\n')
    const first = await get('/v1/datasets?limit=2')
    const second = await get(`/v1/datasets?limit=200&cursor=${first.body.nextCursor}`)
    const names = [...first.body.data, ...second.body.data].map(({ name }: { name: string }) => name)
    assert.deepEqual(names, [...names].sort())
    assert.ok(names.includes('kept') && first.body.data.length === 2 && second.body.nextCursor === null)
    assert.equal((await get('/v1/datasets?cursor=nonsense')).status, 400)
  })

  test('that is not there is a 404', async () => {
    for (const path of ['', '/rows', '/profile', '/versions/1']) {
      assert.equal((await get(`/v1/datasets/nothing${path}`)).status, 404)
    }
    assert.equal((await get('/v1/datasets/kept/versions/99')).status, 404)
  })
})

describe('removing a dataset', () => {
  test('frees its bytes and says how many', async () => {
    const { body } = await upload('gone', 'unique,values\n123,456.5\n789,12.25\n')
    const removed = await send({ method: 'DELETE', url: '/v1/datasets/gone' })
    assert.deepEqual([removed.status, removed.body], [200, { freedBytes: body.storedBytes }])
    assert.equal((await send({ method: 'DELETE', url: '/v1/datasets/gone' })).status, 404)
  })

  test('frees nothing that another dataset shares', async () => {
    await upload('twin-a', 'shared\n111.5\n222\n')
    await upload('twin-b', 'shared\n111.5\n222\n')
    assert.equal((await send({ method: 'DELETE', url: '/v1/datasets/twin-a' })).body.freedBytes, 0)
    assert.equal((await get('/v1/datasets/twin-b/rows')).body.rows.length, 2)
  })

  test('is refused while a job needs it, with the list', async () => {
    await upload('needed', 'a\n1\n')
    const plan = { reasons: {}, parameters: 0, memoryBytes: 0, secondsEstimate: null, warnings: [] }
    const job = {
      id: 'j1',
      type: 'train',
      state: 'queued' as const,
      dataset: 'needed',
      specification: {},
      blobs: {},
      plan,
    }
    await app.database.db.insert(jobs).values(job)
    const { status, body } = await send({ method: 'DELETE', url: '/v1/datasets/needed' })
    assert.deepEqual([status, body.code, body.neededBy], [409, 'in-use', ['/v1/jobs/j1']])
    assert.equal((await get('/v1/datasets/needed')).status, 200)
  })
})
