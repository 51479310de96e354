import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
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

const columnsOf = async (name: string) => (await get(`/v1/datasets/${name}`)).body.columns
const rowsOf = async (name: string) => (await get(`/v1/datasets/${name}/rows?limit=200`)).body.rows
const content = (name: string, query = '') =>
  app.inject({ method: 'GET', url: `/v1/datasets/${name}/content${query}` })

/** Names that differ only by case, texts that need quotes, and all kinds of values. */
const rowOf = (index: number) => ({
  Name: ['a, "b"', 'line\nbreak', 'ÄÖ', null][index % 4],
  name: index / 8,
  count: index % 3 === 0 ? null : index * 1_000_003,
  big: 2 ** 53 - index,
  flag: index % 2 === 0,
  day: index % 5 === 0 ? null : `2024-02-${String((index % 28) + 1).padStart(2, '0')}T12:30:15.250Z`,
  place: [index, 0.5, -1e-7],
})

test('all rows come as CSV, of which an upload makes the same dataset', async () => {
  const rows = Array.from({ length: 150 }, (_, index) => rowOf(index))
  const payload = { name: 'kinds', rows }
  assert.equal((await send({ method: 'POST', url: '/v1/datasets', payload })).status, 201)
  const { statusCode, headers, body } = await content('kinds')
  assert.equal(statusCode, 200)
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8')
  assert.equal(headers['content-disposition'], 'attachment; filename="kinds-1.csv"')
  assert.equal(Number(headers['content-length']), Buffer.byteLength(body))
  assert.equal(body.split('\n', 1)[0], 'Name,name,count,big,flag,day,place')
  await upload('again', body)
  assert.deepEqual(await rowsOf('again'), await rowsOf('kinds'))
  assert.deepEqual(await columnsOf('again'), await columnsOf('kinds'))
})

test('a version is named, and a row without a value is still a row', async () => {
  await upload('single', 'v\n1\nNA\n3\n')
  await send({ method: 'POST', url: '/v1/datasets/single/rows', payload: { rows: [{ v: 4.5 }] } })
  assert.equal((await content('single', '?version=1')).body, 'v\n1\nNA\n3\n')
  await upload('copy', (await content('single')).body)
  assert.deepEqual(await rowsOf('copy'), [{ v: 1 }, { v: null }, { v: 3 }, { v: 4.5 }])
})

test('what is not there is a 404', async () => {
  for (const query of ['', '?version=7']) assert.equal((await content('nobody', query)).statusCode, 404)
})
