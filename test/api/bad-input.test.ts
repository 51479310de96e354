import assert from 'node:assert/strict'
import { type AddressInfo, connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startApp } from './testing.js'

describe('bad input', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  let port: number
  before(async () => {
    ;({ app, stop } = await startApp({ FLYWHEEL_REQUEST_TIMEOUT_MS: '300' }))
    await app.listen({ host: '127.0.0.1', port: 0 })
    port = (app.server.address() as AddressInfo).port
  })
  after(() => stop())

  const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/keys',
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })

  /** Sends text as it is and gives all that comes back until the connection ends. */
  const exchange = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      socket.setEncoding('utf8').on('data', (data: string) => {
        answer += data
      })
      socket.on('close', () => resolve(answer)).on('error', reject)
    })

  const cases: readonly {
    readonly name: string
    readonly body: string | Buffer
    readonly headers?: Record<string, string>
    readonly answers: readonly [status: number, code: string]
  }[] = [
    { name: 'text that is no JSON', body: '{"name"', answers: [400, 'body-malformed'] },
    { name: 'an empty body', body: '', answers: [400, 'body-malformed'] },
    { name: 'NaN', body: '{"perMinute":NaN}', answers: [400, 'body-malformed'] },
    { name: 'a byte order mark', body: '\ufeff{}', answers: [400, 'request-invalid'] },
    {
      name: 'bytes that are no UTF-8',
      body: Buffer.from([0x22, 0xff, 0x22]),
      answers: [400, 'body-malformed'],
    },
    { name: '100,000-deep arrays', body: '['.repeat(100_000), answers: [400, 'body-malformed'] },
    {
      name: '100,000-deep objects that are closed',
      body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      answers: [400, 'body-malformed'],
    },
    { name: '__proto__', body: '{"__proto__":{"isAdmin":true}}', answers: [400, 'body-malformed'] },
    { name: 'an escaped __proto__', body: '{"\\u005f_proto__":{"a":1}}', answers: [400, 'body-malformed'] },
    {
      name: 'constructor.prototype',
      body: '{"constructor":{"prototype":{"a":1}}}',
      answers: [400, 'body-malformed'],
    },
    {
      name: '1e999',
      body: '{"name":"a","scopes":["data"],"perMinute":1e999}',
      answers: [400, 'request-invalid'],
    },
    { name: '-1E+400 deep inside', body: '{"name":[{"a":-1E+400}]}', answers: [400, 'request-invalid'] },
    {
      name: 'a number of 400 digits',
      body: `{"name":${'9'.repeat(400)}}`,
      answers: [400, 'request-invalid'],
    },
    {
      name: 'text for a number',
      body: '{"name":"a","scopes":["data"],"perMinute":"5"}',
      answers: [400, 'request-invalid'],
    },
    {
      name: 'an extra property',
      body: '{"name":"a","scopes":["data"],"x":1}',
      answers: [400, 'request-invalid'],
    },
    {
      name: 'a control character',
      body: '{"name":"a\\u0000","scopes":["data"]}',
      answers: [400, 'request-invalid'],
    },
    {
      name: 'another content type',
      body: 'name=a',
      headers: { 'content-type': 'text/plain' },
      answers: [415, 'media-type-unsupported'],
    },
    {
      name: 'a malformed content type',
      body: '{}',
      headers: { 'content-type': 'application' },
      answers: [415, 'media-type-unsupported'],
    },
    {
      name: 'a compressed body',
      body: '{}',
      headers: { 'content-encoding': 'gzip' },
      answers: [415, 'media-type-unsupported'],
    },
    { name: 'a body above the limit', body: `"${'a'.repeat(1024 ** 2)}"`, answers: [413, 'body-too-large'] },
  ]
  for (const { name, body, headers = {}, answers } of cases) {
    it(`${name} is ${answers.join(' ')}`, async () => {
      const answer = await post(body, headers)
      assert.deepEqual([answer.statusCode, answer.json().code], answers, answer.body)
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
      assert.doesNotMatch(answer.body, /node_modules|\/work\/|at .*\.js|fastify/i)
    })
  }

  it('an error names the field, what was expected and what came', async () => {
    const { errors } = (await post('{"name":"a","scopes":["fly"],"perMinute":true}')).json()
    assert.deepEqual(errors, [
      {
        path: 'scopes[0]',
        expected: 'one of "data", "train", "predict", "feedback", "admin"',
        received: '"fly"',
      },
      { path: 'perMinute', expected: 'an integer', received: 'true' },
    ])
  })

  it('an error names every field that is left out, and the content types that are taken', async () => {
    const { errors } = (await post('{"perMinute":1}')).json()
    assert.deepEqual(
      errors.map(({ path }: { path: string }) => path),
      ['name', 'scopes'],
    )
    assert.deepEqual((await post('a', { 'content-type': 'text/plain' })).json().errors, [
      { path: 'header.content-type', expected: 'application/json', received: '"text/plain"' },
    ])
  })

  it('query strings are read as numbers, and refused when they are none', async () => {
    assert.equal((await app.inject('/v1/keys?limit=5')).statusCode, 200)
    for (const query of ['limit=five', 'limit=1e999', 'limit=0', 'limit=1&limit=2', 'other=1', 'cursor=x']) {
      const answer = await app.inject(`/v1/keys?${query}`)
      assert.deepEqual([answer.statusCode, answer.json().code], [400, 'request-invalid'], query)
    }
  })

  it('a body of 2 GB is refused before it is read', async () => {
    const answer = await exchange(
      'POST /v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n{',
    )
    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.match(answer, /"code":"body-too-large"/)
  })

  it('what is no HTTP is answered with a problem document and closed', async () => {
    const answer = await exchange('NONSENSE\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*"code":"body-malformed"/)
  })

  it('a client that does not finish its request is closed at the timeout', async () => {
    const answer = await exchange(
      'POST /v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    )
    assert.match(answer, /^HTTP\/1\.1 408 [\s\S]*"code":"timeout"/)
  })

  it('headers that are too large are refused', async () => {
    const answer = await exchange(
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 431 [\s\S]*"code":"headers-too-large"/)
  })
})
