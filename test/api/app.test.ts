import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
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
})
