import assert from 'node:assert/strict'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { newId } from '../../src/registry/ids.js'
import { WHOLE_FILE } from '../../src/registry/join-parts.js'
import { claimUpload } from '../../src/registry/upload-claims.js'
import { removeExpiredUploads } from '../../src/registry/upload-garbage.js'
import { getUpload, insertUpload, keepPart } from '../../src/registry/uploads.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const { db } = await testDatabase()
const artifacts = await openArtifactStore(await temporaryFolder())
const store = { db, artifacts }

/** An upload with these files in its folder; the first one is its part 1. */
async function uploadWith(files: readonly string[], expirySeconds = 60): Promise<string> {
  const id = newId()
  const fields = { dataset: 'd', append: false, options: {}, sizeBytes: null, sha256: null }
  await insertUpload(db, { id, ...fields, expirySeconds })
  const folder = artifacts.partsFolder(id)
  await mkdir(folder)
  const old = new Date(Date.now() - 7_200_000)
  for (const file of files) {
    await writeFile(join(folder, file), 'a\n')
    await utimes(join(folder, file), old, old)
  }
  const [file] = files
  if (file !== undefined) {
    const part = { upload: id, number: 1, sizeBytes: 2, sha256: '0'.repeat(64), file }
    await keepPart(db, { part, expirySeconds, check: () => {} })
  }
  return id
}

const filesOf = (id: string): Promise<string[] | null> =>
  readdir(artifacts.partsFolder(id)).then(
    (names) => names.sort(),
    () => null,
  )

test('an upload that nobody goes on with is removed with its bytes; one that is at work stays', async () => {
  const [expired, open] = [await uploadWith(['part'], 0), await uploadWith(['part'])]
  const completing = await uploadWith(['part'], 0)
  const claim = await claimUpload(db, completing)
  await removeExpiredUploads(store)
  await assert.rejects(getUpload(db, expired), { code: 'not-found' })
  assert.deepEqual(await Promise.all([expired, open, completing].map(filesOf)), [null, ['part'], ['part']])
  await claim?.release()
  await removeExpiredUploads(store)
  assert.equal(await filesOf(completing), null)
})

test('files that a crash has left in an open upload are removed, but not what is in use or new', async () => {
  const id = await uploadWith(['part', 'orphan', WHOLE_FILE])
  await writeFile(join(artifacts.partsFolder(id), 'coming'), 'a')
  await removeExpiredUploads(store)
  assert.deepEqual(await filesOf(id), ['coming', 'part', WHOLE_FILE])
})

test('a folder whose upload was aborted, or has become a dataset, is removed', async () => {
  const aborted = newId()
  await mkdir(artifacts.partsFolder(aborted))
  const completed = await uploadWith(['part'])
  const claim = await claimUpload(db, completed)
  const report = { rowsRead: 1, rowsKept: 1, rowsSkipped: 0, errors: [], findings: [] }
  const draft = { rows: 1, sizeBytes: 2, sha256: '0'.repeat(64), columns: [], parts: [], report }
  assert.equal((await claim?.publish({ draft, expirySeconds: 60 }))?.version, 1)
  await claim?.release()
  await removeExpiredUploads(store)
  assert.deepEqual(await Promise.all([aborted, completed].map(filesOf)), [null, null])
  assert.equal((await getUpload(db, completed)).version, 1)
})
