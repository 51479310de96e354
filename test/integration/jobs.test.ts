import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedState } from '../fixtures/jobs/count.js'
import { serverSentEvents, startService } from '../support/service.js'

const service = await startService()
const { request } = service

test('a job runs, is followed live, and publishes one version', async () => {
  const id = await service.submit({ type: 'count', model: 'followed', steps: 20 })
  const states: unknown[] = []
  let steps = 0
  for await (const { event, data } of serverSentEvents(`${service.url}/v1/jobs/${id}/events`)) {
    if (event === 'state') states.push(data.state)
    if (event === 'progress') steps = Number(data.step)
  }
  const { body: job } = await request.get(`/v1/jobs/${id}`)
  assert.deepEqual(states, ['queued', 'running', 'succeeded'])
  assert.equal(steps, 20)
  assert.equal(job.result.state, expectedState(20))
  assert.deepEqual([job.result.version, job.result.deployed.moved], [1, true])
})

test('events are a list without a stream, and a stream resumes behind Last-Event-ID', async () => {
  const id = await service.submit({ type: 'count', model: 'listed', steps: 5 })
  await service.ended(id)
  const { body } = await request.get(`/v1/jobs/${id}/events`)
  const after = body.data[1].id
  const resumed = []
  const headers = { 'last-event-id': String(after) }
  for await (const event of serverSentEvents(`${service.url}/v1/jobs/${id}/events`, headers))
    resumed.push(event.id)
  assert.deepEqual(
    resumed,
    body.data.slice(2).map((event: { id: number }) => event.id),
  )
})

test('a dry run answers the plan and queues nothing', async () => {
  const answer = await request.post('/v1/jobs?dryRun=true').send({ type: 'count', model: 'dry' })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.body.specification, {
    type: 'count',
    model: 'dry',
    steps: 20,
    stepMs: 5,
    checkpointEvery: 5,
  })
  const { body: list } = await request.get('/v1/jobs?model=dry')
  assert.deepEqual(list, { data: [], nextCursor: null })
})

test('a wrong field, an unknown type and a body that is no object are named', async () => {
  const wrong = await request.post('/v1/jobs').send({ type: 'count', model: 'x', steps: 'many' })
  const unknown = await request.post('/v1/jobs').send({ type: 'paint' })
  const list = await request.post('/v1/jobs').send([1])
  assert.deepEqual([wrong.status, wrong.body.errors[0].path], [422, 'steps'])
  assert.deepEqual([unknown.status, unknown.body.errors[0].expected], [422, 'one of count, counts'])
  assert.deepEqual([list.status, list.body.code], [400, 'request-invalid'])
})

test('200 equal submits at once give one job, another body is refused', async () => {
  const submit = (model: string) =>
    request.post('/v1/jobs').set('idempotency-key', 'same').send({ type: 'count', model, steps: 1 })
  const answers = await Promise.all(Array.from({ length: 200 }, () => submit('once')))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202])
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.equal((await request.get('/v1/jobs?model=once')).body.data.length, 1)
  const other = await submit('other')
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency-key-reused'])
})

test('a refused request frees its idempotency key', async () => {
  const submit = (steps: unknown) =>
    request.post('/v1/jobs').set('idempotency-key', 'mended').send({ type: 'count', model: 'mended', steps })
  assert.equal((await submit('many')).status, 422)
  assert.equal((await submit(1)).status, 202)
})

test('lists are paged, newest first, and filtered', async () => {
  for (let count = 0; count < 3; count++) await service.submit({ type: 'count', model: 'paged', steps: 1 })
  const first = await request.get('/v1/jobs?model=paged&limit=2')
  const second = await request.get(`/v1/jobs?model=paged&limit=2&cursor=${first.body.nextCursor}`)
  const ids = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)
  assert.equal(ids.length, 3)
  assert.deepEqual(ids, [...ids].sort().reverse())
  assert.equal(second.body.nextCursor, null)
  assert.equal((await request.get('/v1/jobs?cursor=nonsense')).status, 400)
})

test('a running job is cancelled within a second, a queued one at once, and repeating changes nothing', async () => {
  const running = await service.submit({ type: 'count', model: 'stopped', steps: 10_000 })
  const queued = await service.submit({ type: 'count', model: 'stopped', steps: 10_000 })
  await service.event(running, ({ event }) => event === 'progress')
  assert.equal((await request.post(`/v1/jobs/${queued}/cancel`)).body.state, 'cancelled')
  const startedAt = Date.now()
  const stopped = await request.post(`/v1/jobs/${running}/cancel`)
  const tookMs = Date.now() - startedAt
  assert.deepEqual([stopped.status, stopped.body.state], [200, 'cancelled'])
  // A second, and what a busy machine adds.
  assert.ok(tookMs < 1_500, `${tookMs} ms`)
  assert.deepEqual((await request.post(`/v1/jobs/${running}/cancel`)).body, stopped.body)
  assert.equal((await request.get('/v1/models/stopped')).status, 404)
})

test('bad input ends a job with its code and remedy, an unforeseen error is tried again', async () => {
  const bad = await service.ended(
    await service.submit({ type: 'count', model: 'bad', fail: 'training-diverged' }),
  )
  const retried = await service.ended(
    await service.submit({ type: 'count', model: 'again', steps: 2, fail: 'unforeseen' }),
  )
  assert.deepEqual([bad.state, bad.error?.code, bad.error?.stage], ['failed', 'training-diverged', 'run'])
  assert.deepEqual([retried.state, retried.result?.state], ['succeeded', expectedState(2)])
})

test('a trainer that always dies at the same place ends its job with the cause and its last words', async () => {
  const { state, error } = await service.ended(
    await service.submit({ type: 'count', model: 'dead', steps: 20, dieAt: 12 }),
  )
  assert.deepEqual([state, error?.code], ['failed', 'trainer-died'])
  assert.match(error?.detail ?? '', /died 3 times .* SIGKILL/)
  assert.ok(error?.log.includes('dies at step 12'))
})

test('a job over its time limit ends with that cause', async () => {
  const { error } = await service.ended(
    await service.submit({
      type: 'count',
      model: 'late',
      steps: 10_000,
      training: { timeLimitSeconds: 0.3 },
    }),
  )
  assert.equal(error?.code, 'time-limit')
})

test('an alias moves only while it stands where the job saw it', async () => {
  const deploys = [null, null, 1]
  const moved: unknown[] = []
  for (const deploy of deploys) {
    const { result } = await service.ended(
      await service.submit({ type: 'count', model: 'raced', steps: 1, deploy }),
    )
    moved.push((result as { deployed: { moved: boolean } }).deployed.moved)
  }
  assert.deepEqual(moved, [true, false, true])
  const { body: model } = await request.get('/v1/models/raced')
  assert.deepEqual([model.aliases, model.versions.length], [{ champion: 3 }, 3])
})
