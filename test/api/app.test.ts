import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { errorTable } from '../../src/contracts/errors.js'
import { startApp } from './testing.js'

describe('the app', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
  })
  after(() => stop())

  it('is alive', async () => {
    const { statusCode, body } = await app.inject('/livez')
    assert.deepEqual([statusCode, body], [200, '{"status":"alive"}'])
  })

  it('answers an unknown route with a problem document', async () => {
    const answer = await app.inject('/nowhere')
    assert.equal(answer.statusCode, 404)
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
    assert.equal(answer.json().code, 'not-found')
  })

  it('answers a wrong method with 405 and what is allowed', async () => {
    const answer = await app.inject({ method: 'DELETE', url: '/livez' })
    assert.deepEqual([answer.statusCode, answer.headers.allow], [405, 'GET, HEAD'])
  })

  it('refuses a path that can not be decoded', async () => {
    const answer = await app.inject('/v1/%E0%A4%A')
    assert.deepEqual([answer.statusCode, answer.json().code], [400, 'request-invalid'])
  })

  it('tells by parts why it is not ready', async () => {
    const answer = await app.inject('/readyz')
    assert.equal(answer.statusCode, 503)
    const { status, parts } = answer.json()
    assert.equal(status, 'not-ready')
    assert.deepEqual(parts.database, { ready: true })
    assert.deepEqual(parts.queue, { ready: false, reason: 'REDIS_URL is not set' })
  })

  it('explains every error code at its own anchor', async () => {
    const { body } = await app.inject('/docs/errors')
    for (const code of Object.keys(errorTable)) assert.ok(body.includes(`<tr id="${code}">`), code)
  })

  it('shows the docs with nothing from elsewhere', async () => {
    const page = await app.inject('/docs/')
    assert.match(String(page.headers['content-security-policy']), /default-src 'none';script-src 'self'/)
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
    assert.ok(files.length > 3)
    for (const file of files) {
      const { statusCode } = await app.inject(new URL(file, 'http://localhost/docs/').pathname)
      assert.deepEqual([file.startsWith('./'), statusCode], [true, 200], file)
    }
  })

  it('lists the catalogue with schemas and defaults', async () => {
    const families = (await app.inject('/v1/families')).json().data
    const mlp = families.find(({ name }: { name: string }) => name === 'mlp')
    assert.ok(mlp.tasks.includes('tabular-classification'))
    assert.deepEqual(Object.keys(mlp.defaults).sort(), Object.keys(mlp.hyperparameters.properties).sort())
    for (const list of ['tasks', 'transforms', 'metrics']) {
      assert.ok((await app.inject(`/v1/${list}`)).json().data.length >= 2, list)
    }
  })

  it('counts requests by route, method and status', async () => {
    await app.inject('/livez')
    const { body, headers } = await app.inject('/metrics')
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
    assert.match(body, /flywheel_http_requests_total\{method="GET",route="\/livez",status="200"\} \d/)
  })
})
