import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { jobs } from '../../src/registry/database/schema.js'
import { appendJobEvents } from '../../src/registry/job-events.js'
import { until } from '../support/service.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const address = await app.listen({ port: 0, host: '127.0.0.1' })
const { db } = app.database

/** A job of four events. */
async function jobIn(state: 'running' | 'succeeded', digit: string): Promise<string> {
  const id = digit.repeat(32)
  await db.insert(jobs).values({ id, type: 'count', state, specification: {}, blobs: {}, plan: {} as never })
  const events = [1, 2, 3, 4].map((step) => ({ kind: 'progress' as const, data: { step } }))
  await appendJobEvents(db, id, events)
  return `/v1/jobs/${id}/events`
}
const ended = await jobIn('succeeded', 'a')
const open = await jobIn('running', 'b')
const follow = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { accept: 'text/event-stream', ...headers } })
const idsIn = (body: string) => [...body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

test('a stream goes on behind Last-Event-ID, whatever `after` its address has', async () => {
  assert.deepEqual(idsIn((await follow(ended)).body), [1, 2, 3, 4])
  assert.deepEqual(idsIn((await follow(`${ended}?after=1`)).body), [2, 3, 4])
  assert.deepEqual(idsIn((await follow(`${ended}?after=1`, { 'last-event-id': '3' })).body), [4])
  assert.deepEqual(idsIn((await follow(`${ended}?after=1`, { 'last-event-id': '' })).body), [2, 3, 4])
})

test('a list has a limit, a stream has none', async () => {
  const { data } = (await app.inject({ url: `${ended}?limit=2` })).json()
  assert.deepEqual(
    data.map(({ id }: { id: number }) => id),
    [1, 2],
  )
  const { statusCode, body } = await follow(`${ended}?limit=2`)
  assert.equal(statusCode, 400, body)
  assert.match(body, /query\.limit/)
})

test('a client that has left before its stream began leaves nothing behind', async () => {
  const { port } = new URL(address)
  let release = () => {}
  let held: Promise<void> = Promise.resolve()
  // The one connection to the database is taken meanwhile: the job is looked up once the client is gone.
  const taken = new Promise<void>((begin) => {
    held = db.transaction(async () => {
      begin()
      await new Promise<void>((resolve) => {
        release = resolve
      })
    })
  })
  await taken
  const socket = connect(Number(port), '127.0.0.1')
  const asked = once(app.server, 'request') as Promise<[IncomingMessage, ServerResponse]>
  socket.write(`GET ${open} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n\r\n`)
  const [request, response] = await asked
  const closed = once(response, 'close')
  request.socket.destroy()
  await closed
  release()
  await held
  await until(() => response.writableEnded, { timeoutMs: 5_000 })
})
