import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from '../../src/api/app.js'
import { defaultFolders } from '../../src/api/catalogue-folders.js'
import { readConfig } from '../../src/config.js'
import { expectedState } from '../fixtures/jobs/count.js'
import { startService, until } from '../support/service.js'

const service = await startService({ workers: 2 })
const jobTypes = new URL('../fixtures/jobs/', import.meta.url)

interface Child {
  readonly id: string
  readonly state: string
  readonly startedAt: string
}

test('an api that starts again goes on with the children that are missing, and repeats none', async (t) => {
  const body = { type: 'counts', model: 'restarted', children: 6, parallel: 2, steps: 60 }
  const id = await service.submit(body)
  const flow = await service.submit({ ...body, model: 'flow', parallel: 6 })
  await service.event(id, ({ event, data }) => event === 'progress' && Number(data.step) >= 2)
  await service.app.close()
  const app = await buildApp({
    config: readConfig(service.environment),
    folders: { ...defaultFolders, jobTypes },
  })
  t.after(() => app.close())
  await app.ready()
  const jobOf = async (job: string) => (await app.inject(`/v1/jobs/${job}`)).json()
  for (const job of [id, flow]) {
    await until(async () => (await jobOf(job)).endedAt !== null, { timeoutMs: 60_000 })
    const { state, result } = await jobOf(job)
    const states = Array.from({ length: 6 }, (_, part) => expectedState(60 + part))
    assert.deepEqual([state, result.states], ['succeeded', states])
    const children: Child[] = (await app.inject(`/v1/jobs?parent=${job}`)).json().data
    assert.equal(children.length, 6)
  }
})
