import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { csv, datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const MAX_BYTES = 200_000

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  const started = await startApp({ FLYWHEEL_MAX_UPLOAD_BYTES: String(MAX_BYTES) })
  app = started.app
  stop = started.stop
  await app.listen({ host: '127.0.0.1', port: 0 })
})
after(() => stop())

const { send, upload, get } = datasetRequests(() => app)

type Part = { name: string; value: string; filename?: string; type?: string }
const form = (parts: readonly Part[], { isCut = false } = {}): InjectOptions => {
  const bodies = parts.map(({ name, value, filename, type }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`
    const kind = type === undefined ? '' : `\r\ncontent-type: ${type}`
    return `--x\r\ncontent-disposition: form-data; name="${name}"${file}${kind}\r\n\r\n${value}`
  })
  const payload = `${bodies.join('\r\n')}${isCut ? '' : '\r\n--x--\r\n'}`
  return {
    method: 'POST',
    url: '/v1/datasets',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    payload,
  }
}
const file = (value: string, filename = 'data.csv'): Part => ({
  name: 'file',
  value,
  filename,
  type: 'text/csv',
})
const field = (name: string, value: string): Part => ({ name, value })

const leftovers = () => readdir(join(app.config.artifactsFolder, 'uploads'))

describe('an upload', () => {
  test('of CSV answers with schema, hash and report', async () => {
    const text = 'height,kind\n1.5,oak\n2,elm\nNA,oak\n'
    const { status, headers, body } = await upload('plants', text)
    assert.equal(status, 201)
    assert.equal(headers.location, '/v1/datasets/plants/versions/1')
    const { createdAt, storedBytes, ...rest } = body
    assert.ok(Date.parse(createdAt) > 0 && storedBytes > 0)
    assert.deepEqual(rest, {
      name: 'plants',
      version: 1,
      rows: 3,
      sizeBytes: 33,
      sha256: createHash('sha256').update(text).digest('hex'),
      columns: [
        { name: 'height', type: 'number', missing: 1, distinct: 2 },
        { name: 'kind', type: 'category', missing: 0, distinct: 2 },
      ],
      report: { rowsRead: 3, rowsKept: 3, rowsSkipped: 0, errors: [], findings: body.report.findings },
    })
  })

  test('as a form takes its options from the fields', async () => {
    const types = field('types', '{"zip":"category"}')
    const { status, body } = await send(form([field('name', 'form'), types, file('zip\n10115\n20095\n')]))
    assert.equal(status, 201)
    assert.equal(body.columns[0].type, 'category')
  })

  test('as a form is NDJSON by its file’s name', async () => {
    const { body } = await send(form([field('name', 'lines'), file('{"a":1}\n', 'data.jsonl')]))
    assert.deepEqual(body.columns, [{ name: 'a', type: 'integer', missing: 0, distinct: 1, rarestRows: 1 }])
  })

  test('as JSON rows keeps their types', async () => {
    const rows = [{ a: 1, b: '7', c: true }, { a: null, b: '8', c: false }, { b: null }]
    assert.equal(
      (await send({ method: 'POST', url: '/v1/datasets', payload: { name: 'rows', rows } })).status,
      201,
    )
    const shown = await get('/v1/datasets/rows/rows')
    assert.deepEqual(shown.body.rows, [rows[0], rows[1], { a: null, b: null, c: null }])
  })

  test('of the same name makes the next version; many at once get consecutive ones', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => upload('busy', `a\n${n}\n`)))
    const versions = answers.map(({ body }) => body.version).sort()
    assert.deepEqual(versions, [1, 2, 3, 4, 5, 6])
    const { body } = await get('/v1/datasets/busy')
    assert.equal(body.version, 6)
    assert.deepEqual(
      body.versions.map(({ version }: { version: number }) => version),
      [1, 2, 3, 4, 5, 6],
    )
  })

  const refused: readonly [
    what: string,
    request: () => InjectOptions,
    status: number,
    code: string,
    detail: RegExp,
  ][] = [
    [
      'with a field after the file',
      () => form([field('name', 'x'), file('a\n1\n'), field('types', '{}')]),
      400,
      'upload-malformed',
      /"types" stands after the file/,
    ],
    [
      'with two files',
      () => form([field('name', 'x'), file('a\n1\n'), file('a\n1\n')]),
      400,
      'upload-malformed',
      /after the file/,
    ],
    ['without a file', () => form([field('name', 'x')]), 400, 'upload-malformed', /no part named "file"/],
    [
      'whose form is cut',
      () => form([field('name', 'x'), file('a\n1\n')], { isCut: true }),
      400,
      'upload-malformed',
      /before it was complete/,
    ],
    [
      'with an unknown field',
      () => form([field('name', 'x'), field('colour', 'red'), file('a\n1\n')]),
      400,
      'request-invalid',
      /colour/,
    ],
    [
      'with a field twice',
      () => form([field('name', 'x'), field('name', 'y'), file('a\n1\n')]),
      400,
      'upload-malformed',
      /twice/,
    ],
    [
      'without a name',
      () => form([file('a\n1\n')]),
      400,
      'upload-malformed',
      /"name" stands before the file/,
    ],
    [
      'whose name comes after the file',
      () => form([file('a\n1\n'), field('name', 'x')]),
      400,
      'upload-malformed',
      /"name" stands before the file; fields come first/,
    ],
    ['without a body', () => ({ method: 'POST', url: '/v1/datasets' }), 400, 'body-malformed', /no body/],
    [
      'of rows without any value',
      () => ({ method: 'POST', url: '/v1/datasets', payload: { name: 'x', rows: [{}] } }),
      422,
      'dataset-invalid',
      /no columns/,
    ],
    [
      'with a name that is a path',
      () => form([field('name', '../x'), file('a\n1\n')]),
      400,
      'request-invalid',
      /name/,
    ],
    [
      'with types that are no JSON',
      () => form([field('name', 'x'), field('types', 'a=b'), file('a\n1\n')]),
      400,
      'request-invalid',
      /types: expected JSON/,
    ],
    [
      'with a type that does not exist',
      () => form([field('name', 'x'), field('types', '{"a":"colour"}'), file('a\n1\n')]),
      400,
      'request-invalid',
      /types\.a.*"colour"/,
    ],
    [
      'raw, without a name',
      () => ({ method: 'POST', url: '/v1/datasets', headers: csv, payload: 'a\n1\n' }),
      400,
      'request-invalid',
      /name/,
    ],
    [
      'raw, with an unknown query',
      () => ({ method: 'POST', url: '/v1/datasets?name=x&colour=red', headers: csv, payload: 'a\n1\n' }),
      400,
      'request-invalid',
      /colour/,
    ],
    [
      'of another content type',
      () => ({
        method: 'POST',
        url: '/v1/datasets?name=x',
        headers: { 'content-type': 'application/pdf' },
        payload: 'a\n1\n',
      }),
      415,
      'media-type-unsupported',
      /content type/,
    ],
    [
      'without a content type',
      () => ({ method: 'POST', url: '/v1/datasets?name=x', payload: Buffer.from('a\n1\n') }),
      415,
      'media-type-unsupported',
      /content type/,
    ],
    [
      'of an empty body',
      () => ({ method: 'POST', url: '/v1/datasets?name=x', headers: csv }),
      422,
      'dataset-invalid',
      /empty/,
    ],
    [
      'of gzip that is cut off',
      () => ({
        method: 'POST',
        url: '/v1/datasets?name=x',
        headers: csv,
        payload: Buffer.from([0x1f, 0x8b, 8, 0]),
      }),
      422,
      'dataset-invalid',
      /gzip/,
    ],
    [
      'of UTF-16 that is cut in half',
      () => ({
        method: 'POST',
        url: '/v1/datasets?name=x',
        headers: csv,
        payload: Buffer.from('\ufeffa\n1\n', 'utf16le').subarray(0, -1),
      }),
      422,
      'dataset-invalid',
      /Line 2 is not utf-16le/,
    ],
    [
      'with a NUL byte',
      () => ({ method: 'POST', url: '/v1/datasets?name=x', headers: csv, payload: 'a\n1\u0000\n' }),
      422,
      'dataset-invalid',
      /byte 4 is a NUL/,
    ],
    [
      'with a bad row',
      () => ({ method: 'POST', url: '/v1/datasets?name=x', headers: csv, payload: 'a,b\n1\n' }),
      422,
      'dataset-rows-invalid',
      /1 of 1 rows/,
    ],
    [
      'that is too large',
      () => ({
        method: 'POST',
        url: '/v1/datasets?name=x',
        headers: csv,
        payload: `a\n${'1\n'.repeat(MAX_BYTES / 2)}`,
      }),
      413,
      'body-too-large',
      /larger than 200000 bytes/,
    ],
    [
      'as a form that is too large',
      () => form([field('name', 'x'), file(`a\n${'1\n'.repeat(MAX_BYTES / 2)}`)]),
      413,
      'body-too-large',
      /larger than 200000 bytes/,
    ],
    [
      'as JSON without rows',
      () => ({ method: 'POST', url: '/v1/datasets', payload: { name: 'x', rows: [] } }),
      422,
      'dataset-invalid',
      /no rows/,
    ],
    [
      'as JSON with nested values',
      () => ({ method: 'POST', url: '/v1/datasets', payload: { name: 'x', rows: [{ a: { b: 1 } }] } }),
      422,
      'dataset-rows-invalid',
      /1 of 1/,
    ],
    [
      'as JSON with an extra property',
      () => ({
        method: 'POST',
        url: '/v1/datasets',
        payload: { name: 'x', rows: [{ a: 1 }], colour: 'red' },
      }),
      400,
      'request-invalid',
      /colour/,
    ],
  ]
  for (const [what, request, status, code, detail] of refused) {
    test(`${what} is refused and leaves nothing`, async () => {
      const answer = await send(request())
      assert.deepEqual([answer.status, answer.body.code], [status, code], answer.body.detail)
      assert.match(answer.body.detail, detail)
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
      assert.equal((await get('/v1/datasets/x')).status, 404)
      assert.deepEqual(await leftovers(), [])
    })
  }
})

describe('over a real connection', () => {
  const open = (headers: Record<string, string | number>) =>
    httpRequest({
      host: '127.0.0.1',
      port: (app.server.address() as AddressInfo).port,
      method: 'POST',
      path: '/v1/datasets?name=wire',
      headers: { ...csv, ...headers },
    })

  test('an upload that says it is too large is refused before it is sent', async () => {
    const request = open({ 'content-length': 2 * 1024 ** 3 })
    request.flushHeaders()
    const status = await new Promise((resolve, reject) => {
      request.on('response', ({ statusCode }) => resolve(statusCode))
      request.on('error', reject)
    })
    request.destroy()
    assert.equal(status, 413)
  })

  test('a binary file is refused while it is being sent, and the sender reads why', async () => {
    const request = open({ 'transfer-encoding': 'chunked' })
    const answered = new Promise<number | undefined>((resolve, reject) => {
      request.on('response', ({ statusCode }) => resolve(statusCode))
      request.on('error', reject)
    })
    request.write(Buffer.alloc(65_536))
    assert.equal(await answered, 422)
    request.end(Buffer.alloc(1_000_000))
    assert.deepEqual(await leftovers(), [])
  })

  test('an upload that is cut leaves no dataset and no file', async () => {
    const request = open({ 'content-length': 100_000 })
    request.on('error', () => {})
    request.write('a,b\n1,2\n')
    while ((await leftovers()).length === 0) await new Promise(setImmediate)
    request.destroy()
    while ((await leftovers()).length > 0) await new Promise(setImmediate)
    assert.equal((await get('/v1/datasets/wire')).status, 404)
  })
})
