import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { newId } from '../../src/registry/ids.js'
import { joinParts, WHOLE_FILE } from '../../src/registry/join-parts.js'
import { claimUpload } from '../../src/registry/upload-claims.js'
import { insertUpload, keepPart, partsOfUpload, removeUpload } from '../../src/registry/uploads.js'
import { testDatabase } from '../support/database.js'
import { uniform } from '../support/drawn-rows.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const { db } = await testDatabase()
const artifacts = await openArtifactStore(await temporaryFolder())

async function startUpload(): Promise<string> {
  const id = newId()
  const fields = { dataset: 'd', append: false, options: {}, sizeBytes: null, sha256: null }
  await insertUpload(db, { id, ...fields, expirySeconds: 60 })
  await mkdir(artifacts.partsFolder(id))
  return id
}

async function addPart(upload: string, number: number, bytes: Buffer): Promise<void> {
  const folder = artifacts.partsFolder(upload)
  const file = randomUUID()
  await writeFile(join(folder, file), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const part = { upload, number, sizeBytes: bytes.length, sha256, file }
  const { replacedFile } = await keepPart(db, { part, expirySeconds: 60, check: () => {} })
  if (replacedFile !== null) await rm(join(folder, replacedFile))
}

/** Joins what is there; with `stopAt` it fails when so many bytes were seen. */
async function joinOnce(upload: string, stopAt = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const claim = await claimUpload(db, upload)
  assert.ok(claim)
  const seen: Buffer[] = []
  let bytes = 0
  try {
    await joinParts(claim, {
      folder: artifacts.partsFolder(upload),
      parts: await partsOfUpload(db, upload),
      durableBytes: 2000,
      onBytes(chunk) {
        bytes += chunk.length
        if (bytes > stopAt) throw new Error('stopped')
        seen.push(Buffer.from(chunk))
      },
    })
  } finally {
    await claim.release()
  }
  return Buffer.concat(seen)
}

test('parts that are sent, joined, stopped and replaced in any order make the file', async () => {
  const next = uniform(7)
  const draw = (bound: number) => Math.floor(next() * bound)
  for (let round = 0; round < 15; round++) {
    const upload = await startUpload()
    const parts = Array.from({ length: 1 + draw(8) }, () => Buffer.alloc(1 + draw(3000), 65 + draw(26)))
    for (const [index, part] of parts.entries()) await addPart(upload, index + 1, part)
    for (let step = 0; step < 6; step++) {
      if (draw(2) === 0) {
        const index = draw(parts.length)
        parts[index] = Buffer.alloc(1 + draw(3000), 65 + draw(26))
        await addPart(upload, index + 1, parts[index])
      }
      const file = Buffer.concat(parts)
      const stopAt = draw(2) === 0 ? draw(file.length) : undefined
      if (stopAt !== undefined) await assert.rejects(joinOnce(upload, stopAt), /stopped/)
      else {
        assert.deepEqual(await joinOnce(upload), file, `round ${round}, step ${step}`)
        const folder = artifacts.partsFolder(upload)
        assert.deepEqual(await readdir(folder), [WHOLE_FILE])
        assert.deepEqual(await readFile(join(folder, WHOLE_FILE)), file)
      }
    }
  }
})

test('one request at a time joins, and an abort ends its right to', async () => {
  const upload = await startUpload()
  await addPart(upload, 1, Buffer.from('a\n1\n'))
  const claim = await claimUpload(db, upload)
  assert.ok(claim)
  assert.equal(await claimUpload(db, upload), null)
  await claim.confirm()
  await removeUpload(db, upload)
  await assert.rejects(claim.confirm(), { code: 'conflict' })
  assert.throws(() => claim.check(), { code: 'conflict' })
  await assert.rejects(claim.noteJoined([{ number: 1, position: 0 }]), { code: 'conflict' })
  await claim.release()
})
