import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { idempotencyKeys } from '../../src/registry/database/schema.js'
import { startApp } from './testing.js'

const adminKey = 'an admin key of more than 32 characters'.replaceAll(' ', '-')
const withKey = (key: string) => ({ authorization: `Bearer ${key}` })

describe('with keys in force', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp({ FLYWHEEL_ADMIN_KEY: adminKey }))
  })
  after(() => stop())

  const makeKey = async (body: object): Promise<{ id: string; key: string }> => {
    const answer = await app.inject({ method: 'POST', url: '/v1/keys', headers: withKey(adminKey), body })
    assert.equal(answer.statusCode, 201, answer.body)
    return answer.json()
  }
  const listKeys = (key: string) => app.inject({ url: '/v1/keys', headers: withKey(key) })

  it('no route answers without a key but the bare status of /livez and /readyz', async () => {
    const document = (await app.inject({ url: '/openapi.json', headers: withKey(adminKey) })).json()
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => ({ path, method: method.toUpperCase() })),
    )
    const hidden = ['/docs', '/docs/', '/docs/static/index.html', '/docs/json', '/nowhere'].map((path) => ({
      path,
      method: 'GET',
    }))
    assert.ok(routes.length > 5)
    for (const { path, method } of [...routes, ...hidden]) {
      const url = path.replace(/\{[^}]+\}/g, 'a1')
      const answer = await app.inject({ method: method as 'GET', url } satisfies InjectOptions)
      if (path === '/livez' || path === '/readyz') {
        assert.deepEqual(Object.keys(answer.json()), ['status'], path)
      } else {
        assert.equal(answer.statusCode, 401, `${method} ${path} answered ${answer.statusCode}`)
        assert.equal(answer.headers['www-authenticate'], 'Bearer realm="flywheel"')
      }
    }
  })

  it('the key of the configuration opens everything', async () => {
    assert.equal((await listKeys(adminKey)).statusCode, 200)
  })

  it('a made key opens what its scopes name and nothing else', async () => {
    const { key } = await makeKey({ name: 'shop', scopes: ['predict'] })
    assert.equal((await app.inject({ url: '/openapi.json', headers: withKey(key) })).statusCode, 200)
    const refused = await listKeys(key)
    assert.deepEqual([refused.statusCode, refused.json().code], [403, 'forbidden'])
  })

  it('a revoked key opens nothing', async () => {
    const { id, key } = await makeKey({ name: 'gone', scopes: ['admin'] })
    assert.equal((await listKeys(key)).statusCode, 200)
    for (const _twice of [1, 2]) {
      const revoked = await app.inject({ method: 'DELETE', url: `/v1/keys/${id}`, headers: withKey(key) })
      if (_twice === 1) assert.equal(revoked.statusCode, 204)
    }
    assert.equal((await listKeys(key)).statusCode, 401)
  })

  it('neither the list nor the database holds a key', async () => {
    const { id, key } = await makeKey({ name: 'secret', scopes: ['data'] })
    const { body } = await app.inject({ url: '/v1/keys', headers: withKey(adminKey) })
    assert.ok(body.includes(id))
    assert.ok(!body.includes(key.slice(-43)))
  })

  it('a repeated request makes another key, because its answer is kept nowhere', async () => {
    const make = () =>
      app.inject({
        method: 'POST',
        url: '/v1/keys',
        headers: { ...withKey(adminKey), 'idempotency-key': 'again' },
        body: { name: 'twice', scopes: ['data'] },
      })
    const [first, second] = [await make(), await make()]
    assert.deepEqual([first.statusCode, second.statusCode], [201, 201])
    assert.notEqual(first.json().key, second.json().key)
    assert.equal((await app.database.db.select().from(idempotencyKeys)).length, 0)
  })

  it('a key with the right id and another secret is refused', async () => {
    const { key } = await makeKey({ name: 'guess', scopes: ['admin'] })
    const guess = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
    assert.equal((await listKeys(guess)).statusCode, 401)
  })

  it('a key may carry a limit of requests per minute', async () => {
    const { key } = await makeKey({ name: 'slow', scopes: ['admin'], perMinute: 2 })
    const statuses = [await listKeys(key), await listKeys(key), await listKeys(key)]
    assert.deepEqual(
      statuses.map(({ statusCode }) => statusCode),
      [200, 200, 429],
    )
    const retryAfter = Number(statuses[2]?.headers['retry-after'])
    assert.ok(retryAfter >= 1 && retryAfter <= 60)
  })
})

describe('on loopback without keys', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
  })
  after(() => stop())

  for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080']) {
    it(`requests for ${host} are answered`, async () => {
      assert.equal((await app.inject({ url: '/v1/keys', headers: { host } })).statusCode, 200)
    })
  }

  for (const headers of [
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost:8080', origin: 'http://evil.example' },
    { host: 'localhost:8080', origin: 'http://localhost:3000' },
    { host: 'localhost:8080', origin: 'null' },
  ]) {
    it(`refuses ${JSON.stringify(headers)}`, async () => {
      const answer = await app.inject({ url: '/livez', headers })
      assert.deepEqual([answer.statusCode, answer.json().code], [403, 'host-not-allowed'])
    })
  }

  it('answers pages of its own', async () => {
    const headers = { host: 'localhost:8080', origin: 'http://localhost:8080' }
    assert.equal((await app.inject({ url: '/v1/keys', headers })).statusCode, 200)
  })
})

describe('as a container', () => {
  const contract = new Set(['POST /invocations', 'GET /ping', 'HEAD /ping'])
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp({ FLYWHEEL_ADMIN_KEY: adminKey }, { words: ['serve'] }))
  })
  after(() => stop())

  it('listens on every address, at the port of SageMaker', () => {
    assert.deepEqual([app.config.host, app.config.port], ['0.0.0.0', 8080])
  })

  it('no route answers but those of its contract, with a key or without, by any method', async () => {
    const described = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.ok(described.length > 50)
    const hidden = ['/docs', '/docs/', '/docs/static/index.html', '/docs/json', '/docs/errors', '/nowhere']
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const
    const paths = new Set([...described.map((route) => route.split(' ')[1] ?? ''), ...hidden])
    for (const path of paths) {
      for (const method of methods) {
        if (contract.has(`${method} ${path}`)) continue
        const url = path.replace(/\{[^}]+\}/g, 'a1')
        for (const headers of [{}, withKey(adminKey)]) {
          const answer = await app.inject({ method, url, headers } satisfies InjectOptions)
          const isContractPath = ['/invocations', '/ping'].includes(path)
          const expected = isContractPath ? [404, 405] : [404]
          assert.ok(expected.includes(answer.statusCode), `${method} ${url}: ${answer.statusCode}`)
        }
      }
    }
  })

  it('its contract asks for no key, and for no host', async () => {
    const headers = { host: 'model.endpoint.example', origin: 'https://console.example' }
    const ping = await app.inject({ url: '/ping', headers })
    // There is no model yet: the contract's own answer.
    assert.deepEqual([ping.statusCode, ping.json().error_code], [404, 'NOT_FOUND'])
    assert.match(ping.json().message, /no model with a champion/)
    const asked = await app.inject({ method: 'POST', url: '/invocations', headers, body: {} })
    assert.match(asked.json().message, /no model with a champion/)
  })
})
