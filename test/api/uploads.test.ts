import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { until } from '../support/service.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const MAX_PART_BYTES = 2000
const MAX_TOTAL_BYTES = 5000

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  const started = await startApp({
    FLYWHEEL_MAX_UPLOAD_BYTES: String(MAX_PART_BYTES),
    FLYWHEEL_MAX_UPLOAD_TOTAL_BYTES: String(MAX_TOTAL_BYTES),
  })
  app = started.app
  stop = started.stop
})
after(() => stop())

const { send, get, upload } = datasetRequests(() => app)

const digest = (bytes: string | Buffer): string =>
  `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
const hex = (bytes: string): string => createHash('sha256').update(bytes).digest('hex')

async function start(body: Record<string, unknown> = {}): Promise<string> {
  const answer = await send({ method: 'POST', url: '/v1/uploads', payload: { name: 'parts', ...body } })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.id
}

const put = (
  id: string,
  number: number | string,
  payload: string | Buffer,
  headers: Record<string, string> = { 'content-digest': digest(payload) },
) => send({ method: 'PUT', url: `/v1/uploads/${id}/parts/${number}`, headers, payload })

const complete = (id: string, query = '') =>
  send({ method: 'POST', url: `/v1/uploads/${id}/complete${query}` })

const show = async (id: string) => (await get(`/v1/uploads/${id}`)).body

const filesOf = (id: string): Promise<string[]> =>
  readdir(join(app.config.artifactsFolder, 'parts', id)).catch(() => [])

const rowsOf = async (name: string) => (await get(`/v1/datasets/${name}/rows?limit=200`)).body.rows

describe('an upload in parts', () => {
  test('makes the version that a plain upload of the file makes', async () => {
    const file = 'a,b\n1,x\n2,"y\nz"\n3,x\n'
    const plain = await upload('plain', file)
    const id = await start({ name: 'in-parts', sizeBytes: file.length, sha256: hex(file) })
    for (const [number, part] of [
      [3, file.slice(11)],
      [1, file.slice(0, 5)],
      [2, file.slice(5, 11)],
    ] as const) {
      assert.equal((await put(id, number, part)).status, 200)
    }
    const { status, body, headers } = await complete(id)
    assert.deepEqual([status, headers.location], [201, '/v1/datasets/in-parts/versions/1'])
    assert.deepEqual(body, { ...plain.body, name: 'in-parts', createdAt: body.createdAt })
    assert.deepEqual(await rowsOf('in-parts'), await rowsOf('plain'))
    assert.deepEqual(await filesOf(id), [])
  })

  test('tells what has arrived, and what became of it', async () => {
    const id = await start({ name: 'told', onInvalidRow: 'skip' })
    await put(id, 2, '2\n')
    const open = await show(id)
    assert.deepEqual(
      [open.state, open.version, open.receivedParts, open.receivedBytes, open.options],
      ['open', null, 1, 2, { name: 'told', onInvalidRow: 'skip' }],
    )
    const [{ arrivedAt, ...part }] = open.parts
    assert.deepEqual(part, { number: 2, sizeBytes: 2, sha256: hex('2\n') })
    assert.ok(Date.parse(arrivedAt) <= Date.now() && Date.parse(open.expiresAt) > Date.now())
    await put(id, 1, 'a\n1\nx\n3\n4\n5\n6\n7\n8\n9\n10\n')
    assert.equal((await complete(id)).body.report.rowsSkipped, 1)
    const done = await show(id)
    assert.deepEqual([done.state, done.version], ['completed', 1])
    const listed = (await get('/v1/uploads')).body.data
    assert.equal(listed.find((entry: { id: string }) => entry.id === id).state, 'completed')
  })

  test('takes parts side by side', async () => {
    const id = await start({ name: 'beside' })
    const parts = Array.from({ length: 20 }, (_, index) => (index === 0 ? 'a\n' : `${index}\n`))
    const answers = await Promise.all(parts.map((part, index) => put(id, index + 1, part)))
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal((await complete(id)).body.rows, 19)
    assert.deepEqual(
      (await rowsOf('beside')).map(({ a }: { a: number }) => a),
      Array.from({ length: 19 }, (_, index) => index + 1),
    )
  })

  test('keeps the last of the parts with one number, and one file of each', async () => {
    const id = await start({ name: 'again' })
    await put(id, 1, 'a\n1\n')
    await put(id, 1, 'a\n2\n')
    await Promise.all(Array.from({ length: 5 }, () => put(id, 1, 'a\n3\n')))
    const before = await show(id)
    assert.deepEqual((await put(id, 1, 'a\n3\n')).body, before.parts[0])
    assert.equal((await filesOf(id)).length, 1)
    await complete(id)
    assert.deepEqual(await rowsOf('again'), [{ a: 3 }])
  })

  test('is completed once, however often it is asked for', async () => {
    const id = await start({ name: 'once' })
    await put(id, 1, 'a\n1\n')
    const answers = await Promise.all(Array.from({ length: 5 }, () => complete(id)))
    answers.push(await complete(id))
    for (const { status, body } of answers) {
      assert.equal(status, 201)
      assert.deepEqual(body, answers[0]?.body)
    }
    assert.equal((await get('/v1/datasets/once')).body.version, 1)
    assert.deepEqual(
      [(await put(id, 2, '2\n')).status, (await put(id, 2, '2\n')).body.code],
      [409, 'conflict'],
    )
    assert.equal((await send({ method: 'DELETE', url: `/v1/uploads/${id}` })).status, 409)
  })

  test('that was refused can be mended by options or by a part, and completed then', async () => {
    const id = await start({ name: 'mended' })
    for (const [number, part] of ['a,b\n1,2\n', '3,4,5\n', '6,7\n'].entries()) await put(id, number + 1, part)
    const refused = await complete(id)
    assert.deepEqual([refused.status, refused.body.code], [422, 'dataset-rows-invalid'])
    assert.equal((await show(id)).state, 'open')
    // The parts stand in one file by now; a longer part takes the place of the second.
    await put(id, 2, '3,4\n5,6\n')
    assert.deepEqual((await complete(id)).body.rows, 4)
    assert.deepEqual(await rowsOf('mended'), [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
      { a: 5, b: 6 },
      { a: 6, b: 7 },
    ])
    const other = await start({ name: 'skipping' })
    await put(other, 1, 'a,b\n1,2\n3\n')
    assert.equal((await complete(other)).status, 422)
    assert.equal((await complete(other, '?onInvalidRow=skip')).body.report.rowsSkipped, 1)
  })

  test('appends where it says so', async () => {
    await upload('grown', 'a,b\n1,x\n')
    const id = await start({ name: 'grown', append: true, format: 'ndjson' })
    await put(id, 1, '{"a":2,"b"')
    await put(id, 2, ':"y"}\n')
    const { body } = await complete(id)
    assert.deepEqual([body.version, body.rows, body.report.rowsKept], [2, 2, 1])
    const missing = { method: 'POST', url: '/v1/uploads', payload: { name: 'none', append: true } } as const
    assert.equal((await send(missing)).status, 404)
  })

  test('appends files of any format by the names of their columns', async () => {
    await upload('mixed', 'a,b,c\n1,x,true\n')
    const append = async (text: string) => {
      const id = await start({ name: 'mixed', append: true })
      await put(id, 1, text)
      return complete(id)
    }
    assert.equal((await append('c;b;a\nfalse;y;2\n')).body.rows, 2)
    assert.equal((await append('b\nz\n')).body.rows, 3)
    assert.equal((await append('{"c":true,"a":4}\n')).body.rows, 4)
    assert.deepEqual(await rowsOf('mixed'), [
      { a: 1, b: 'x', c: true },
      { a: 2, b: 'y', c: false },
      { a: null, b: 'z', c: null },
      { a: 4, b: null, c: true },
    ])
    const { status, body } = await append('a,d\n1,2\n')
    assert.deepEqual([status, body.detail], [422, 'The dataset has no column "d"'])
  })

  test('is gone when it is aborted', async () => {
    const id = await start()
    await put(id, 1, 'a\n1\n')
    const abort = () => send({ method: 'DELETE', url: `/v1/uploads/${id}` })
    assert.equal((await abort()).status, 204)
    const answers = [
      await abort(),
      await get(`/v1/uploads/${id}`),
      await put(id, 1, 'a\n'),
      await complete(id),
    ]
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      answers.map(() => [404, 'not-found']),
    )
    assert.deepEqual(await filesOf(id), [])
  })

  test('is either completed or aborted when both are asked for at once', async () => {
    for (let round = 0; round < 10; round++) {
      const name = `both-${round}`
      const id = await start({ name })
      await put(id, 1, 'a\n1\n')
      const [completed, aborted] = await Promise.all([
        complete(id),
        send({ method: 'DELETE', url: `/v1/uploads/${id}` }),
      ])
      const isMade = (await get(`/v1/datasets/${name}`)).status === 200
      const expected = isMade ? [201, 409] : [completed.status === 404 ? 404 : 409, 204]
      assert.deepEqual([completed.status, aborted.status], expected, JSON.stringify(completed.body))
      assert.deepEqual(await filesOf(id), [])
    }
  })

  test('keeps nothing of a part whose connection is cut', async () => {
    const id = await start()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const half = request({
      port,
      method: 'PUT',
      path: `/v1/uploads/${id}/parts/1`,
      headers: { 'content-digest': digest(''), 'content-length': 1000 },
    })
    half.on('error', () => {})
    half.write('a'.repeat(500))
    await until(async () => (await filesOf(id)).length === 1)
    half.destroy()
    await until(async () => (await filesOf(id)).length === 0)
    assert.deepEqual((await show(id)).parts, [])
  })

  test('is started once under an Idempotency-Key', async () => {
    const ask = () =>
      send({
        method: 'POST',
        url: '/v1/uploads',
        headers: { 'idempotency-key': 'start' },
        payload: { name: 'keyed' },
      })
    assert.equal((await ask()).body.id, (await ask()).body.id)
  })
})

describe('an upload in parts refuses', () => {
  const refusals: readonly {
    readonly name: string
    readonly answers: readonly [status: number, code: string]
    readonly act: (id: string) => Promise<{ status: number; body: { code: string } }>
  }[] = [
    {
      name: 'a part without a checksum',
      answers: [400, 'request-invalid'],
      act: (id) => put(id, 1, 'a\n', {}),
    },
    {
      name: 'a checksum of another kind',
      answers: [400, 'request-invalid'],
      act: (id) => put(id, 1, 'a\n', { 'content-digest': 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:' }),
    },
    {
      name: 'two checksums that differ',
      answers: [400, 'request-invalid'],
      act: (id) => put(id, 1, 'a\n', { 'content-digest': digest('a\n'), 'repr-digest': digest('b\n') }),
    },
    {
      name: 'a part that does not fit its checksum',
      answers: [422, 'checksum-mismatch'],
      act: (id) => put(id, 1, 'a\n', { 'content-digest': digest('b\n') }),
    },
    { name: 'an empty part', answers: [400, 'upload-malformed'], act: (id) => put(id, 1, '') },
    {
      name: 'a part that is too large',
      answers: [413, 'body-too-large'],
      act: (id) => put(id, 1, 'a'.repeat(MAX_PART_BYTES + 1)),
    },
    {
      name: 'parts that are too large together',
      answers: [413, 'body-too-large'],
      act: async (id) => {
        for (const number of [1, 2]) await put(id, number, 'a'.repeat(MAX_PART_BYTES))
        return put(id, 3, 'a'.repeat(MAX_PART_BYTES))
      },
    },
    ...['0', '-1', '1.5', 'NaN', '1e999', '10001', 'a', '%00'].map((number) => ({
      name: `the part number ${number}`,
      answers: [400, 'request-invalid'] as const,
      act: (id: string) => put(id, number, 'a\n'),
    })),
    {
      name: 'an id of another form',
      answers: [400, 'request-invalid'],
      act: () => put('%2e%2e%2fblobs', 1, 'a\n'),
    },
    {
      name: 'an id that nobody has',
      answers: [404, 'not-found'],
      act: () => put(randomUUID().replaceAll('-', ''), 1, 'a\n'),
    },
    { name: 'to be completed without parts', answers: [409, 'upload-incomplete'], act: (id) => complete(id) },
    {
      name: 'to be completed with a gap',
      answers: [409, 'upload-incomplete'],
      act: async (id) => {
        for (const number of [1, 3]) await put(id, number, 'a\n')
        return complete(id)
      },
    },
    {
      name: 'bytes that are no text',
      answers: [422, 'dataset-invalid'],
      act: async (id) => {
        await put(id, 1, 'a\n')
        await put(id, 2, '1\u0000\n')
        return complete(id)
      },
    },
    {
      name: 'options in a body',
      answers: [400, 'request-invalid'],
      act: (id) =>
        send({ method: 'POST', url: `/v1/uploads/${id}/complete`, payload: { onInvalidRow: 'skip' } }),
    },
  ]
  for (const { name, answers, act } of refusals) {
    test(name, async () => {
      const { status, body } = await act(await start())
      assert.deepEqual([status, body.code], answers, JSON.stringify(body))
    })
  }

  test('other bytes than were announced', async () => {
    const short = await start({ sizeBytes: 5 })
    await put(short, 1, 'a\n1\n')
    const { status, body } = await complete(short)
    assert.deepEqual(
      [status, body.code, body.errors],
      [409, 'upload-incomplete', [{ path: 'sizeBytes', expected: '5', received: '4' }]],
    )
    const other = await start({ sha256: hex('a\n2\n') })
    await put(other, 1, 'a\n1\n')
    assert.deepEqual((await complete(other)).body.code, 'checksum-mismatch')
    await put(other, 1, 'a\n2\n')
    assert.equal((await complete(other)).status, 201)
  })

  test('what it could not hold, at the start', async () => {
    const begin = (payload: object) => send({ method: 'POST', url: '/v1/uploads', payload })
    assert.equal((await begin({ name: 'a', sizeBytes: MAX_TOTAL_BYTES + 1 })).body.code, 'body-too-large')
    for (const payload of [{}, { name: 'A' }, { name: 'a', sizeBytes: 0 }, { name: 'a', sha256: 'x' }]) {
      assert.equal((await begin(payload)).body.code, 'request-invalid')
    }
  })
})
