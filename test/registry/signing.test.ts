import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { openEmbedded } from '../../src/registry/database/embedded.js'
import { openDatabase } from '../../src/registry/database/open-database.js'
import { modelVersions, signingKeys } from '../../src/registry/database/schema.js'
import { getVersion } from '../../src/registry/models.js'
import { insertVersion } from '../../src/registry/new-versions.js'
import { newSigningKey, publicPem } from '../../src/registry/signing/ed25519.js'
import { openSigner, type Signer } from '../../src/registry/signing/signer.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const sha256 = 'a'.repeat(64)
const row = {
  task: 'tabular-classification',
  target: 'kind',
  classes: ['a', 'b'],
  job: 'j',
  dataset: 'd',
  datasetVersion: 1,
  sha256,
  reportSha256: sha256,
  blobs: [sha256],
  sizeBytes: 1,
  metrics: {},
}
const { db } = await testDatabase()
// The first ones, at once: as apis that start together.
const signers = await Promise.all(Array.from({ length: 5 }, () => openSigner(db)))
const [signer] = signers as [Signer]

const refused = (detail: RegExp) => ({ code: 'signature-invalid', message: detail })

test('all that open one database sign with one key, also when they start at once, and after a restart', async () => {
  const keys = new Set([...signers, await openSigner(db)].map(({ publicKey }) => publicKey))
  assert.equal(keys.size, 1)
  assert.deepEqual(signer.publicKeys, [...keys])
  const version = { model: 'm', version: 1, sha256 }
  const signed = { ...version, ...signer.signVersion(version) }
  for (const each of signers) await each.check(signed)
})

test('a signature is what other software takes for one', () => {
  const { signature } = signer.signVersion({ model: 'shop', version: 3, sha256 })
  const key = createPublicKey(publicPem(signer.publicKey))
  const text = `flywheel version 1\nshop@3\n${sha256}\n`
  assert.ok(verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')))
})

test('a version with another hash, number or name than was signed is refused, and one without a signature', async () => {
  const version = await insertVersion(db, { signer, model: 'm', row })
  await signer.check(version)
  const changes = [{ sha256: 'b'.repeat(64) }, { version: 2 }, { model: 'n' }, { signature: 'x' }]
  for (const change of changes) {
    await assert.rejects(
      signer.check({ ...version, ...change }),
      refused(/is not what its signature is about/),
    )
  }
  await assert.rejects(signer.check({ ...version, signature: null }), refused(/has no signature/))
  const stranger = newSigningKey().publicKey
  await assert.rejects(
    signer.check({ ...version, signedBy: stranger }),
    refused(/is signed by another key, /),
  )
  await assert.rejects(
    async () => db.update(modelVersions).set({ signature: null }).where(eq(modelVersions.model, 'm')),
    'the database takes no version without a signature',
  )
})

test('a key that is given stays out of the database; versions of the key before stay valid', async () => {
  const old = await insertVersion(db, { signer, model: 'n', row })
  const given = newSigningKey()
  const newer = await openSigner(db, { pem: given.privateKey })
  assert.equal(newer.publicKey, given.publicKey)
  const kept = await db.select().from(signingKeys).where(eq(signingKeys.publicKey, given.publicKey))
  assert.deepEqual(
    kept.map(({ privateKey }) => privateKey),
    [null],
  )
  await newer.check(old)
  // An api that has not started anew since learns of the new key.
  await signer.check(await insertVersion(db, { signer: newer, model: 'n', row }))
  assert.deepEqual(signer.publicKeys, [signer.publicKey, given.publicKey])
  const other = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  await assert.rejects(openSigner(db, { pem: String(other) }), TypeError)
})

test('versions from before there were signatures are signed when the key is made, and only then', async () => {
  const folder = await temporaryFolder()
  const older = await openEmbedded({ folder, migrations: await migrationsBefore('signatures') })
  await older.db.execute(sql`
    insert into model_versions (model, version, task, target, classes, job, dataset, dataset_version, sha256,
      report_sha256, blobs, size_bytes, metrics)
    values ('old', 1, 't', 'y', '[]', 'j', 'd', 1, ${sha256}, ${sha256}, '[]', 1, '{}')
  `)
  await older.close()
  const database = await openDatabase({ url: null, folder })
  const first = await openSigner(database.db)
  await first.check(await getVersion(database.db, { model: 'old', version: 1 }))
  // As if somebody had put a version in behind the back of the instance.
  await database.db.execute(sql`alter table model_versions drop constraint model_versions_signed`)
  await database.db.execute(sql`update model_versions set signature = null, signed_by = null`)
  const restarted = await openSigner(database.db)
  const unsigned = await getVersion(database.db, { model: 'old', version: 1 })
  await assert.rejects(restarted.check(unsigned), refused(/^Version 1 of old has no signature$/))
  await database.close()
})

/** The migrations up to the one of that name, which is left out. */
async function migrationsBefore(name: string): Promise<string> {
  const all = fileURLToPath(new URL('../../../src/registry/database/migrations/', import.meta.url))
  const folder = await temporaryFolder()
  await cp(all, folder, { recursive: true })
  const journal = join(folder, 'meta', '_journal.json')
  const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'))
  const end = entries.findIndex(({ tag }: { tag: string }) => tag.endsWith(`_${name}`))
  assert.ok(end > 0)
  await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, end) }))
  assert.ok((await readdir(folder)).length > end)
  return folder
}
