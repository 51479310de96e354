import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eq, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { reconcile } from '../../src/api/leader/reconcile.js'
import { openJobQueue } from '../../src/queues.js'
import { startRedis } from '../../src/redis-server.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { jobs } from '../../src/registry/database/schema.js'
import { getJob, requestCancel, startJob } from '../../src/registry/jobs.js'
import { openSigner } from '../../src/registry/signing/signer.js'
import { testDatabase } from '../support/database.js'
import { addJob, draftVersion } from '../support/jobs.js'
import { until } from '../support/service.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const { db } = await testDatabase()
const artifacts = await openArtifactStore(folder)
const redis = await startRedis({ folder: join(folder, 'redis') })
const queue = openJobQueue({ url: redis.url, onError: () => {} })
after(async () => {
  await queue.close()
  await redis.stop()
})
await until(() => queue.isReady())
const context = { artifacts, queue, log: pino({ level: 'silent' }), signer: await openSigner(db) }

/** A job whose submit is long over. */
async function oldJob(model: string): Promise<string> {
  const id = await addJob(db, { model })
  await db.update(jobs).set({ createdAt: sql`now() - interval '1 hour'` }).where(eq(jobs.id, id))
  return id
}

test('a job that the queue has lost is put back', async () => {
  const id = await oldJob('lost')
  await startJob(db, id)
  assert.equal(await reconcile(context, db), true)
  assert.deepEqual([await queue.state(id), (await getJob(db, id)).state], ['waiting', 'queued'])
})

test('a job that the queue has lost after its trainer had ended is finished from its manifest', async () => {
  const id = await oldJob('finished')
  const version = await draftVersion(artifacts, { model: 'finished' })
  await artifacts.writeResult(id, 1, { output: { result: {}, version } })
  await reconcile(context, db)
  const { state, result } = await getJob(db, id)
  assert.deepEqual([state, result?.version], ['succeeded', 1])
})

test('a job that is being submitted is left alone, and looked at again', async () => {
  const id = await addJob(db, { model: 'fresh' })
  assert.equal(await reconcile(context, db), false)
  assert.equal(await queue.state(id), 'unknown')
})

test('a job in the queue that no row asks for is taken out', async () => {
  const id = 'f'.repeat(32)
  await queue.add({ jobId: id, type: 'count', specification: {}, blobs: {} })
  await reconcile(context, db)
  assert.equal(await queue.state(id), 'unknown')
})

test('a cancelled job whose worker is gone ends', async () => {
  const id = await oldJob('gone')
  await startJob(db, id)
  await requestCancel(db, id)
  await db.update(jobs).set({ cancelRequestedAt: sql`now() - interval '1 minute'` }).where(eq(jobs.id, id))
  await reconcile(context, db)
  assert.equal((await getJob(db, id)).state, 'cancelled')
})
