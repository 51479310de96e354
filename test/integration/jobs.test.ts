import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedState } from '../fixtures/jobs/count.js'
import { serverSentEvents, startService } from '../support/service.js'

const service = await startService()

test('a job runs, is followed live, and publishes one version', async () => {
  const id = await service.submit({ type: 'count', model: 'followed', steps: 20 })
  const states: unknown[] = []
  let steps = 0
  for await (const { event, data } of serverSentEvents(`${service.url}/v1/jobs/${id}/events`)) {
    if (event === 'state') states.push(data.state)
    if (event === 'progress') steps = Number(data.step)
  }
  const { body: job } = await service.request.get(`/v1/jobs/${id}`)
  assert.deepEqual(states, ['queued', 'running', 'succeeded'])
  assert.equal(steps, 20)
  assert.equal(job.result.state, expectedState(20))
  assert.deepEqual([job.result.version, job.result.deployed.moved], [1, true])
})
