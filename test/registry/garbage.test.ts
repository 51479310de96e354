import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { test } from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { jobs } from '../../src/registry/database/schema.js'
import { forgetEndedJobs, removeUnnamedBlobs } from '../../src/registry/garbage.js'
import { newId } from '../../src/registry/ids.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const { db } = await testDatabase()
const artifacts = await openArtifactStore(await temporaryFolder())
const store = { db, artifacts }
const day = 86_400_000
const ago = (ms: number) => new Date(Date.now() - ms)

async function oldBlob(text: string): Promise<string> {
  const { sha256 } = await artifacts.put(Buffer.from(text))
  await utimes(artifacts.path(sha256), ago(2 * day), ago(2 * day))
  return sha256
}

async function addJob(row: Partial<typeof jobs.$inferInsert>): Promise<string> {
  const id = newId()
  const plan = { reasons: {}, parameters: 0, memoryBytes: 0, secondsEstimate: null, warnings: [] }
  const state = 'succeeded' as const
  await db.insert(jobs).values({ id, type: 'count', state, specification: {}, blobs: {}, plan, ...row })
  return id
}

test('an old blob that nothing names is removed; a new one, and one that a job names, stay', async () => {
  const [garbage, named] = [await oldBlob('garbage'), await oldBlob('named')]
  const fresh = (await artifacts.put(Buffer.from('fresh'))).sha256
  await addJob({ output: { result: {}, blobs: [named] } })
  assert.equal(await removeUnnamedBlobs(store), 'garbage'.length)
  const kept = await Promise.all([garbage, named, fresh].map((sha256) => artifacts.has(sha256)))
  assert.deepEqual(kept, [false, true, true])
})

test('a blob that is stored again while clean-up asks who needs it stays', async () => {
  const again = await oldBlob('stored again')
  let asked = 0
  const execute = async (query: never) => {
    const answer = await db.execute(query)
    // First the oldest job is asked for, then who needs the blobs.
    if (++asked === 2) await artifacts.put(Buffer.from('stored again'))
    return answer
  }
  const freed = await removeUnnamedBlobs({ db: Object.assign(Object.create(db), { execute }), artifacts })
  assert.equal(freed, 0)
  assert.equal(await artifacts.has(again), true)
})

test('what was written while a job has been at work is left alone', async () => {
  const open = await addJob({ state: 'running', createdAt: ago(3 * day) })
  const written = await oldBlob('written by the job')
  assert.equal(await removeUnnamedBlobs(store), 0)
  assert.equal(await artifacts.has(written), true)
  assert.ok(open)
})

test('checkpoints of a job that ended long ago are removed, those of an open one stay', async () => {
  const open = await addJob({ state: 'running' })
  const ended = await addJob({ endedAt: ago(2 * day) })
  const cancelled = await addJob({ state: 'cancelled', endedAt: ago(2 * day) })
  for (const id of [open, ended, cancelled, 'unknown']) {
    await artifacts.checkpoints(id).save({ meta: {}, tensors: new Uint8Array(4) })
  }
  await forgetEndedJobs(store)
  assert.deepEqual([...(await artifacts.jobIds())].sort(), [open, cancelled].sort())
})
