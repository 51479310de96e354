import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { publishMade } from '../support/publish-made.js'
import { startApp } from './testing.js'

const rows = Array.from({ length: 30 }, (_, row) => ({ id: row, a: row / 10, job: 'x', kind: 'b' }))
const update = { type: 'update', model: 'made' }
const bundle = { type: 'export', model: 'made@1', format: 'bundle' }

describe('what a job is given', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
    const made = await app.inject({ method: 'POST', url: '/v1/datasets', body: { name: 'made', rows } })
    assert.equal(made.statusCode, 201, made.body)
    await publishMade(app, { model: 'made', versions: 1 })
    await app.deployments.refresh()
    const labels = Array.from({ length: 6 }, (_, a) => ({ features: { a, job: 'y' }, label: '9' }))
    const sent = await app.inject({ method: 'POST', url: '/v1/models/made/feedback', payload: labels })
    assert.equal(sent.statusCode, 202, sent.body)
  })
  after(() => stop())

  /** Everything in the store, unfinished files too. */
  const stored = async () => {
    const names = await readdir(app.config.artifactsFolder, { recursive: true })
    return names.filter((name) => !name.endsWith('.json')).sort()
  }
  const ask = (payload: object, query = '') =>
    app.inject({ method: 'POST', url: `/v1/jobs${query}`, payload })

  it('is worked out by a dry run, and not stored', async () => {
    const earlier = await stored()
    const planned = await ask(update, '?dryRun=true')
    assert.equal(planned.statusCode, 200, planned.body)
    assert.deepEqual(planned.json().specification.feedback, { rows: 6, lastSequence: 6 })
    assert.equal((await ask(bundle, '?dryRun=true')).statusCode, 200)
    assert.deepEqual(await stored(), earlier)
  })

  it('is not stored for a job that can not be queued', async () => {
    const earlier = await stored()
    for (const job of [update, bundle]) {
      const refused = await ask(job)
      assert.deepEqual([refused.statusCode, refused.json().code], [503, 'queue-unavailable'])
    }
    assert.deepEqual(await stored(), earlier)
  })
})
