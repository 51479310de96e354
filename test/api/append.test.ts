import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { readTable } from '../../src/datasets/read-table.js'
import { getDatasetVersion } from '../../src/registry/datasets.js'
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

const { send, upload, get } = datasetRequests(() => app)

const append = (
  name: string,
  payload: string,
  { query = '', headers = csv as Record<string, string> } = {},
) => send({ method: 'POST', url: `/v1/datasets/${name}/rows${query}`, headers, payload })

const rowsOf = async (name: string) => (await get(`/v1/datasets/${name}/rows?limit=200`)).body.rows

const typesOf = (body: { columns: { name: string; type: string }[] }) =>
  Object.fromEntries(body.columns.map(({ name, type }) => [name, type]))

interface Finding {
  readonly code: string
  readonly column?: string
}
const widened = (body: { report: { findings: Finding[] } }) =>
  body.report.findings.filter(({ code }) => code === 'widened').map(({ column }) => column)

test('a CSV file is appended with its columns in any order, and the report counts both', async () => {
  const first = await upload('files', 'a,b,c\n1,x,true\n2,y,false\n')
  const { status, body } = await append('files', 'c;a\nfalse;3\n;4\n')
  assert.equal(status, 201, JSON.stringify(body))
  assert.deepEqual([body.version, body.rows, body.report.rowsKept], [2, 4, 2])
  assert.deepEqual(body.report.appendedTo, { version: 1, rows: 2 })
  assert.equal(first.body.report.appendedTo, undefined)
  assert.deepEqual(typesOf(body), typesOf(first.body))
  assert.deepEqual((await rowsOf('files')).slice(1), [
    { a: 2, b: 'y', c: false },
    { a: 3, b: null, c: false },
    { a: 4, b: null, c: null },
  ])
  const { db } = app.database
  const [one, two] = await Promise.all(
    [1, 2].map((version) => getDatasetVersion(db, { dataset: 'files', version })),
  )
  assert.deepEqual(two?.parts[0], one?.parts[0])
})

test('a form appends a file with options', async () => {
  await upload('forms', 'a,b\n1,x\n2,y\n')
  const part = (name: string, value: string, rest = '') =>
    `--x\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n${value}\r\n`
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const file = part('file', 'a|b\n3|z\nq|z\n', '; filename="a.csv"')
  const fields = part('onInvalidRow', 'skip') + part('delimiter', 'pipe')
  const { status, body } = await append('forms', `${fields}${file}--x--\r\n`, { headers })
  assert.deepEqual([status, body.rows, body.report.rowsSkipped], [201, 3, 1], JSON.stringify(body))
  const named = await append('forms', `${part('name', 'other')}${file}--x--\r\n`, { headers })
  assert.deepEqual([named.status, named.body.errors[0].path], [400, 'name'])
})

test('columns that the dataset does not have are named', async () => {
  await upload('strict', 'a,b\n1,x\n')
  const { status, body } = await append('strict', 'b,colour,a,size\nx,red,1,2\n')
  assert.deepEqual([status, body.code], [422, 'dataset-invalid'])
  assert.deepEqual(
    body.errors.map(({ path, received }: { path: string; received: string }) => [path, received]),
    [
      ['column 2', '"colour"'],
      ['column 4', '"size"'],
    ],
  )
  assert.equal((await get('/v1/datasets/strict')).body.version, 1)
  const types = await append('strict', 'a\n1\n', { query: '?types=%7B%7D' })
  assert.deepEqual([types.status, types.body.code], [400, 'request-invalid'])
})

test('numbers with a point make a column of integers one of numbers, and none is rounded', async () => {
  await upload('wide', 'n,m\n1,1\n2,2\n3,3\n')
  const { body } = await append('wide', 'n,m\n2.5,4\n0.125,5\n')
  assert.deepEqual(typesOf(body), { n: 'number', m: 'integer' })
  assert.deepEqual(widened(body), ['n'])
  await append('wide', 'n\n7\n')
  assert.deepEqual(
    (await rowsOf('wide')).map(({ n }: { n: number }) => n),
    [1, 2, 3, 2.5, 0.125, 7],
  )
  const [n] = (await get('/v1/datasets/wide/profile')).body.columns
  assert.deepEqual([n.numbers.minimum, n.distinct], [0.125, 6])
  const { dataset, ...version } = await getDatasetVersion(app.database.db, { dataset: 'wide' })
  const table = await readTable({
    snapshot: { name: dataset, ...version },
    path: (sha256) => app.artifacts.path(sha256),
  })
  assert.deepEqual(
    Array.from((table.columns[0] as { values: Float64Array }).values),
    [1, 2, 3, 2.5, 0.125, 7],
  )
})

test('JSON rows widen too; what fits neither type is an error', async () => {
  await upload('json', 'n\n1\n2\n')
  const send = (n: unknown) =>
    append('json', JSON.stringify({ rows: [{ n }] }), { headers: { 'content-type': 'application/json' } })
  assert.equal((await send('x')).body.errors[0].expected, 'an integer')
  assert.deepEqual(widened((await send(0.5)).body), ['n'])
  assert.deepEqual(widened((await send(0.25)).body), [])
})

test('too many texts make a category a text, unless somebody has chosen it', async () => {
  const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`).join('\n')
  await upload('texts', 'kind\na\nb\na\nb\n')
  const { body } = await append('texts', `kind\n${texts}\n`)
  assert.deepEqual([typesOf(body), widened(body)], [{ kind: 'text' }, ['kind']])
  await upload('chosen', `kind\n${texts}\n`, '&types=%7B%22kind%22%3A%22category%22%7D')
  const kept = await append('chosen', 'kind\nother\n')
  assert.deepEqual([typesOf(kept.body), widened(kept.body)], [{ kind: 'category' }, []])
})

test('appending the same file twice stores its bytes once', async () => {
  await upload('twice', 'a\n1\n')
  await append('twice', 'a\n2\n3\n')
  const { body } = await append('twice', 'a\n2\n3\n')
  assert.equal(body.rows, 5)
  const { parts } = await getDatasetVersion(app.database.db, { dataset: 'twice' })
  assert.equal(parts[1]?.sha256, parts[2]?.sha256)
  assert.deepEqual(
    (await rowsOf('twice')).map(({ a }: { a: number }) => a),
    [1, 2, 3, 2, 3],
  )
})

test('options in the query hold for JSON rows too, and those that JSON can not have are refused', async () => {
  await upload('queried', 'n\n1\n2\n')
  const headers = { 'content-type': 'application/json' }
  const payload = JSON.stringify({ rows: [{ n: 3 }, { n: 'x' }] })
  const { status, body } = await append('queried', payload, { headers, query: '?onInvalidRow=skip' })
  assert.deepEqual([status, body.rows, body.report?.rowsSkipped], [201, 3, 1], JSON.stringify(body))
  const fresh = await send({
    method: 'POST',
    url: '/v1/datasets?onInvalidRow=skip',
    payload: { name: 'queried-too', types: { n: 'integer' }, rows: [{ n: 3 }, { n: 'x' }] },
  })
  assert.equal(fresh.body.report?.rowsSkipped, 1, JSON.stringify(fresh.body))
  for (const query of ['?format=csv', '?delimiter=comma']) {
    assert.deepEqual((await append('queried', payload, { headers, query })).body.code, 'request-invalid')
  }
})
