import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configureRedis, killRedis } from '../support/faults.js'
import { startService, until } from '../support/service.js'

const MiB = 1024 ** 2
const service = await startService({ env: { FLYWHEEL_TRAINER_MEMORY_BYTES: String(256 * MiB) } })

test('a trainer over its memory limit ends its job with that cause, and the api is untouched', async () => {
  const { state, error } = await service.ended(
    await service.submit({ type: 'count', model: 'large', steps: 1_000, allocateBytes: 400 * MiB }),
  )
  assert.deepEqual([state, error?.code], ['failed', 'memory-limit'])
  assert.equal((await service.request.get('/v1/jobs')).status, 200)
})

test('a worker refuses a Redis that may forget jobs, and says which setting', async () => {
  await configureRedis(service, { 'maxmemory-policy': 'allkeys-lru' })
  const { code, output } = await service.failingWorker()
  assert.equal(code, 1)
  assert.match(output, /maxmemory-policy allkeys-lru: set it to noeviction/)
})

test('an api that starts before its Redis says so, and takes jobs once it is there', async () => {
  await killRedis(service)
  const app = await service.anotherApp()
  const refused = await app.inject({
    method: 'POST',
    url: '/v1/jobs',
    payload: { type: 'count', model: 'early' },
  })
  assert.equal(refused.statusCode, 503)
  await service.restartRedis()
  await until(() => app.jobs.queue?.isReady() === true)
  const taken = await app.inject({
    method: 'POST',
    url: '/v1/jobs',
    payload: { type: 'count', model: 'early' },
  })
  assert.equal(taken.statusCode, 202)
})
