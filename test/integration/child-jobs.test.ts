import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedState } from '../fixtures/jobs/count.js'
import { flushRedis, killRedis } from '../support/faults.js'
import { startService, until } from '../support/service.js'

const service = await startService({ workers: 2 })
const { request } = service
const states = (children: number, steps = 10) =>
  Array.from({ length: children }, (_, part) => expectedState(steps + part))

interface Child {
  readonly id: string
  readonly state: string
  readonly parent: string
}
const childrenOf = async (id: string): Promise<Child[]> =>
  (await request.get(`/v1/jobs?parent=${id}&limit=100`)).body.data
const someRuns = async (id: string) => (await childrenOf(id)).some(({ state }) => state === 'running')

test('a job runs when the jobs that it is made of have ended, and knows what they have left', async () => {
  const id = await service.submit({ type: 'counts', model: 'whole', children: 4 })
  const job = await service.ended(id)
  assert.deepEqual([job.state, job.result?.states], ['succeeded', states(4)])
})

test('the queue itself starts a job behind children that were known from the start', async () => {
  const id = await service.submit({ type: 'counts', model: 'flow', children: 2, steps: 10_000 })
  await until(async () => (await service.app.jobs.queue?.state(id)) === 'behind')
  await request.post(`/v1/jobs/${id}/cancel`)
})

test('children that follow from those before them are added one by one', async () => {
  const id = await service.submit({ type: 'counts', model: 'chain', children: 5, parallel: 2 })
  assert.deepEqual((await service.ended(id)).result?.states, states(5))
})

test('children stand in the list of their parent alone, which counts them', async () => {
  const id = await service.submit({ type: 'counts', model: 'listed' })
  await service.ended(id)
  const { body: list } = await request.get('/v1/jobs?model=listed')
  assert.deepEqual(
    list.data.map((job: Child) => job.id),
    [id],
  )
  assert.deepEqual(list.data[0].children, { queued: 0, running: 0, succeeded: 3, failed: 0, cancelled: 0 })
  const children = await childrenOf(id)
  assert.deepEqual(
    children.map(({ parent }) => parent),
    [id, id, id],
  )
  const { body: child } = await request.get(`/v1/jobs/${children[0]?.id}`)
  assert.deepEqual([child.state, child.children], ['succeeded', null])
})

test('a job runs as soon as one of its children does, and tells how many have ended', async () => {
  const id = await service.submit({ type: 'counts', model: 'told', stepMs: 20 })
  const { data } = await service.event(id, ({ event, data }) => event === 'progress' && Number(data.step) > 0)
  assert.equal(data.steps, 3)
  const { body: events } = await request.get(`/v1/jobs/${id}/events`)
  const told = events.data.filter(({ event }: { event: string }) => event === 'state')
  assert.equal(told[1].data.state, 'running')
  await service.ended(id)
})

test('cancelling a job cancels its children', async () => {
  const id = await service.submit({ type: 'counts', model: 'stopped', children: 4, steps: 10_000 })
  await until(() => someRuns(id))
  const answer = await request.post(`/v1/jobs/${id}/cancel`)
  assert.deepEqual([answer.status, answer.body.state], [200, 'cancelled'])
  await until(async () => (await childrenOf(id)).every(({ state }) => state === 'cancelled'))
})

test('a child that fails ends the job with its reason, and the other children', async () => {
  const id = await service.submit({ type: 'counts', model: 'failing', children: 4, steps: 2_000, failing: 1 })
  const { state, error } = await service.ended(id)
  assert.deepEqual([state, error?.code, error?.stage], ['failed', 'training-diverged', 'children'])
  assert.equal(error?.detail, 'child 1 failed')
  await until(async () =>
    (await childrenOf(id)).every(({ state }) => state === 'cancelled' || state === 'failed'),
  )
})

test('a child that is cancelled ends the job', async () => {
  const id = await service.submit({ type: 'counts', model: 'one-less', children: 2, steps: 10_000 })
  await until(() => someRuns(id))
  await request.post(`/v1/jobs/${(await childrenOf(id))[0]?.id}/cancel`)
  assert.equal((await service.ended(id)).state, 'failed')
})

test('no child is lost with a killed worker', async () => {
  const id = await service.submit({ type: 'counts', model: 'killed', children: 4, steps: 100 })
  await until(() => someRuns(id))
  service.workers[0]?.kill('SIGKILL')
  const job = await service.ended(id)
  assert.deepEqual([job.state, job.result?.states], ['succeeded', states(4, 100)])
  await service.startWorker()
})

test('a queue that has lost everything gets back the children that have not ended, and then the job', async () => {
  const id = await service.submit({ type: 'counts', model: 'flushed', children: 4, steps: 100 })
  await service.event(id, ({ event, data }) => event === 'progress' && Number(data.step) > 0)
  await flushRedis(service)
  const job = await service.ended(id)
  assert.deepEqual([job.state, job.result?.states], ['succeeded', states(4, 100)])
})

test('without a queue the submit is refused and nothing is kept', async () => {
  await killRedis(service)
  const answer = await request.post('/v1/jobs').send({ type: 'counts', model: 'refused' })
  assert.deepEqual([answer.status, answer.body.code], [503, 'queue-unavailable'])
  await service.restartRedis()
  assert.deepEqual((await request.get('/v1/jobs?model=refused')).body.data, [])
})
