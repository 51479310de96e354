import assert from 'node:assert/strict'
import { truncate } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { after, test } from 'node:test'
import { eq } from 'drizzle-orm'
import { jobs } from '../../src/registry/database/schema.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const { db } = app.database
const address = await app.listen({ port: 0, host: '127.0.0.1' })
const id = 'e'.repeat(32)
const archive = Buffer.from('an archive')
const { sha256 } = await app.artifacts.put(archive)
const result = { sha256, sizeBytes: archive.length, archive: 'zip', model: 'made@1', format: 'onnx' }
const row = { type: 'export', state: 'succeeded' as const, specification: {}, blobs: {}, plan: {} as never }
await db.insert(jobs).values({ id, ...row, result })
const download = () => app.inject({ url: `/v1/exports/${id}` })

test('an archive comes with its length and its name', async () => {
  const { statusCode, headers, rawPayload } = await download()
  assert.equal(statusCode, 200)
  assert.deepEqual(rawPayload, archive)
  assert.deepEqual(
    [headers['content-length'], headers['content-type'], headers['content-disposition']],
    [String(archive.length), 'application/zip', 'attachment; filename="made-1-onnx.zip"'],
  )
})

test('an archive that was cut is refused, and one that no memory holds is sent as it is read', async () => {
  const sizeBytes = 3 * 1024 ** 3
  await truncate(app.artifacts.path(sha256), sizeBytes)
  const cut = await download()
  assert.deepEqual([cut.statusCode, cut.json().code], [500, 'artifact-damaged'])
  await db
    .update(jobs)
    .set({ result: { ...result, sizeBytes } })
    .where(eq(jobs.id, id))
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${address}/v1/exports/${id}`, resolve).on('error', reject)
  })
  answer.destroy()
  assert.deepEqual([answer.statusCode, answer.headers['content-length']], [200, String(sizeBytes)])
})
