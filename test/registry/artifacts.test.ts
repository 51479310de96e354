import assert from 'node:assert/strict'
import { readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { asStorageError } from '../../src/contracts/storage-full.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const store = await openArtifactStore(folder)

test('a blob is named by its hash, and stored once', async () => {
  const first = await store.put(Buffer.from('weights'))
  const path = store.temporaryPath()
  await writeFile(path, 'weights')
  assert.deepEqual(await store.adopt(path), first)
  assert.equal((await store.read(first.sha256)).toString(), 'weights')
  assert.deepEqual(await readdir(join(folder, 'uploads')), [])
})

test('a blob with other bytes, or none, is refused', async () => {
  const { sha256 } = await store.put(Buffer.from('to be damaged'))
  await writeFile(store.path(sha256), 'others')
  await assert.rejects(store.read(sha256), { code: 'artifact-damaged' })
  await assert.rejects(store.read('0'.repeat(64)), { code: 'artifact-damaged' })
  await assert.rejects(store.read('../../lock'), { code: 'artifact-damaged' })
})

test('a full disk is said to be one', async () => {
  const error = await writeFile('/dev/full', 'x').catch(asStorageError)
  assert.equal((error as { code: string }).code, 'storage-full')
})

test('the newest two checkpoints are kept, and a damaged one is skipped', async () => {
  const checkpoints = store.checkpoints('job-1')
  assert.equal(await checkpoints.latest(), null)
  for (const step of [1, 2, 3])
    await checkpoints.save({ meta: { step }, tensors: Buffer.from([step, 0, 0, 0]) })
  assert.deepEqual((await readdir(join(folder, 'checkpoints/job-1'))).sort(), [
    '2.checkpoint',
    '3.checkpoint',
  ])
  assert.deepEqual(await checkpoints.latest(), { meta: { step: 3 }, tensors: Buffer.from([3, 0, 0, 0]) })
  await truncate(join(folder, 'checkpoints/job-1/3.checkpoint'), 90)
  assert.deepEqual((await checkpoints.latest())?.meta, { step: 2 })
  await checkpoints.save({ meta: { step: 4 }, tensors: new Uint8Array(4) })
  assert.deepEqual((await checkpoints.latest())?.meta, { step: 4 })
})

test('the first success of a job is its result, whatever came before and after', async () => {
  const error = { stage: 'run', code: 'internal', detail: 'd', remedy: 'r', log: [] }
  assert.equal(await store.readResult('job-2'), null)
  await store.writeResult('job-2', 1, { error })
  assert.deepEqual(await store.readResult('job-2'), { error })
  for (const attempt of [2, 3]) await store.writeResult('job-2', attempt, { output: { result: { attempt } } })
  assert.deepEqual(await store.readResult('job-2'), { output: { result: { attempt: 2 } } })
})

test('what a crash left half-written is removed, what is new stays', async () => {
  const [old, recent] = [store.temporaryPath(), join(folder, 'checkpoints/job-1/9.checkpoint.1.1.tmp')]
  const minute = 60_000
  for (const path of [old, recent]) await writeFile(path, 'half')
  await utimes(old, new Date(Date.now() - 2 * minute), new Date(Date.now() - 2 * minute))
  assert.equal(await store.removeTemporary(new Date(Date.now() - minute)), 1)
  assert.deepEqual(await readdir(join(folder, 'uploads')), [])
  assert.equal(await readFile(recent, 'utf8'), 'half')
})
