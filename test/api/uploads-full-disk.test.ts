import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/temporary-folder.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const DISK_BYTES = 4 * 1024 ** 2

/** A filesystem of its own that is soon full; it needs the right to mount. */
async function smallDisk(): Promise<{ folder: string; remove: () => Promise<unknown> } | { reason: string }> {
  const folder = await temporaryFolder()
  const run = promisify(execFile)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder])
    return { folder, remove: () => run('umount', [folder]) }
  } catch (error) {
    return { reason: `no small disk can be mounted: ${(error as Error).message}` }
  }
}

const disk = await smallDisk()
const skip = 'reason' in disk ? disk.reason : false
if (skip) console.error(`SKIPPED: ${skip}`)

/** Rows of numbers that do not compress. */
const noise = (bytes: number): Buffer =>
  Buffer.from(`a\n${[...randomBytes(bytes / 4)].map((byte) => `${byte}.5`).join('\n')}\n`)

test('a full disk is a 507 that leaves nothing half-made, and an upload goes on when there is space', {
  skip,
}, async (t) => {
  if ('reason' in disk) return
  const { app, stop } = await startApp({ FLYWHEEL_ARTIFACTS: disk.folder })
  t.after(async () => {
    await stop()
    await disk.remove()
  })
  const { send } = datasetRequests(() => app)
  const start = (body: object) =>
    send({ method: 'POST', url: '/v1/uploads', payload: { name: 'full', ...body } })
  const put = (id: string, number: number, payload: Buffer) => {
    const digest = createHash('sha256').update(payload).digest('base64')
    const headers = { 'content-digest': `sha256=:x:, sha-256=:${digest}:` }
    return send({ method: 'PUT', url: `/v1/uploads/${id}/parts/${number}`, headers, payload })
  }
  const filesOf = (id: string) => readdir(join(disk.folder, 'parts', id))

  const tooMuch = await start({ sizeBytes: 2 * DISK_BYTES })
  assert.deepEqual([tooMuch.status, tooMuch.body.code], [507, 'storage-full'])

  const filler = (await start({})).body.id
  const id = (await start({})).body.id
  const rows = noise(1e6)
  assert.equal((await put(filler, 1, Buffer.alloc(2 * 1024 ** 2, 0x31))).status, 200)
  assert.equal((await put(id, 1, rows)).status, 200)
  const refused = await put(id, 2, Buffer.alloc(2 * 1024 ** 2, 0x31))
  assert.deepEqual([refused.status, refused.body.code], [507, 'storage-full'])
  assert.equal((await filesOf(id)).length, 1)

  // There is no space to join the part, or to store what is in it.
  const stuck = await send({ method: 'POST', url: `/v1/uploads/${id}/complete` })
  assert.deepEqual([stuck.status, stuck.body.code], [507, 'storage-full'])
  assert.deepEqual(await readdir(join(disk.folder, 'uploads')), [])

  assert.equal((await send({ method: 'DELETE', url: `/v1/uploads/${filler}` })).status, 204)
  const completed = await send({ method: 'POST', url: `/v1/uploads/${id}/complete` })
  assert.deepEqual([completed.status, completed.body.sizeBytes], [201, rows.length])
})
