import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { MemoryFigures } from '../../src/contracts/memory.js'
import { isAlive } from '../../src/process-identity.js'
import { expectedState } from '../fixtures/jobs/count.js'
import { configureRedis, flushRedis, killRedis, trainersOf } from '../support/faults.js'
import { startService, until } from '../support/service.js'

const MiB = 1024 ** 2
const service = await startService({ env: { FLYWHEEL_TRAINER_MEMORY_BYTES: String(256 * MiB) } })
const { request } = service
const at = (step: number) => (event: { event: string; data: Record<string, unknown> }) =>
  event.event === 'progress' && Number(event.data.step) >= step

async function versionsOf(model: string): Promise<number> {
  return (await request.get(`/v1/models/${model}`)).body.versions.length
}

test('a killed trainer costs a checkpoint interval at most, and the result is that of an uninterrupted run', async () => {
  const id = await service.submit({ type: 'count', model: 'killed', steps: 60, stepMs: 10 })
  await service.event(id, at(12))
  for (const { pid } of trainersOf(service.workers)) process.kill(pid, 'SIGKILL')
  const { state, result } = await service.ended(id)
  assert.deepEqual([state, result?.state], ['succeeded', expectedState(60)])
  assert.equal(await versionsOf('killed'), 1)
})

test('a killed worker leaves no trainer, and its job goes on within 12 s', async () => {
  const id = await service.submit({ type: 'count', model: 'moved', steps: 100, stepMs: 20 })
  await service.event(id, at(20))
  const [worker] = service.workers
  const trainers = trainersOf(service.workers)
  assert.equal(trainers.length, 1)
  worker?.kill('SIGKILL')
  const killedAt = Date.now()
  await service.startWorker()
  await until(() => !trainers.some(isAlive))
  await until(() => trainersOf(service.workers).length > 0, { timeoutMs: 12_000 })
  assert.ok(Date.now() - killedAt < 12_000)
  const { state, result } = await service.ended(id)
  assert.deepEqual([state, result?.state], ['succeeded', expectedState(100)])
  assert.equal(await versionsOf('moved'), 1)
})

test('a worker that is asked to end hands its job back within 10 s and exits with 0', async () => {
  const id = await service.submit({ type: 'count', model: 'handed', steps: 60, stepMs: 20 })
  await service.event(id, at(10))
  const worker = service.workers.at(-1)
  const exited = once(worker as NonNullable<typeof worker>, 'exit')
  worker?.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  await service.startWorker()
  const { state, result } = await service.ended(id)
  assert.deepEqual([state, result?.state], ['succeeded', expectedState(60)])
})

test('while Redis is dead a submit is refused within a second and leaves nothing; what was acknowledged completes', async () => {
  const running = await service.submit({ type: 'count', model: 'outlived', steps: 150, stepMs: 10 })
  const waiting = await service.submit({ type: 'count', model: 'outlived', steps: 5, deploy: 1 })
  await service.event(running, at(10))
  await killRedis(service)
  const startedAt = Date.now()
  const refused = await request.post('/v1/jobs').send({ type: 'count', model: 'refused' })
  assert.ok(Date.now() - startedAt < 1_000)
  assert.deepEqual([refused.status, refused.body.code], [503, 'queue-unavailable'])
  assert.ok(Number(refused.headers['retry-after']) > 0)
  assert.deepEqual((await request.get('/v1/jobs?model=refused')).body.data, [])
  await service.restartRedis()
  const ended = await Promise.all([running, waiting].map((id) => service.ended(id)))
  assert.deepEqual(
    ended.map(({ state }) => state),
    ['succeeded', 'succeeded'],
  )
  assert.equal(await versionsOf('outlived'), 2)
})

test('a Redis that is emptied loses no acknowledged job and no second version appears', async () => {
  const running = await service.submit({ type: 'count', model: 'flushed', steps: 150, stepMs: 10 })
  const waiting = await service.submit({ type: 'count', model: 'flushed', steps: 5, deploy: 1 })
  await service.event(running, at(10))
  await flushRedis(service)
  const ended = await Promise.all([running, waiting].map((id) => service.ended(id)))
  assert.deepEqual(
    ended.map(({ state }) => state),
    ['succeeded', 'succeeded'],
  )
  assert.equal(await versionsOf('flushed'), 2)
})

test('a Redis that hangs or is full refuses a submit within a second, and the job never runs', async () => {
  const refused = async (model: string) => {
    const startedAt = Date.now()
    const { status } = await request.post('/v1/jobs').send({ type: 'count', model, steps: 1 })
    assert.ok(Date.now() - startedAt < 1_000, `${Date.now() - startedAt} ms`)
    assert.equal(status, 503)
  }
  process.kill(service.redis.pid, 'SIGSTOP')
  try {
    await refused('hung')
  } finally {
    process.kill(service.redis.pid, 'SIGCONT')
  }
  await configureRedis(service, { maxmemory: '1' })
  await refused('full')
  await configureRedis(service, { maxmemory: '0' })
  const { state } = await service.ended(await service.submit({ type: 'count', model: 'after', steps: 1 }))
  assert.equal(state, 'succeeded')
  assert.equal((await request.get('/v1/models/hung')).status, 404)
  assert.deepEqual((await request.get('/v1/jobs?model=full')).body.data, [])
})

test('a trainer over its memory limit ends its job with that cause, and the api is untouched', async () => {
  const { state, error } = await service.ended(
    await service.submit({ type: 'count', model: 'large', steps: 1_000, allocateBytes: 400 * MiB }),
  )
  assert.deepEqual([state, error?.code], ['failed', 'memory-limit'])
  const { detail, ...figures } = error as unknown as MemoryFigures & { detail: string }
  const { estimatedBytes, limitBytes, fittingBatchSize } = figures
  assert.deepEqual([estimatedBytes, limitBytes, fittingBatchSize], [612 * MiB, 256 * MiB, 19])
  assert.match(detail, /the estimate is 612 MiB, the limit 256 MiB; a batchSize of 19 would fit$/)
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
