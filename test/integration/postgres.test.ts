import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/registry/database/open-database.js'
import { openSigner } from '../../src/registry/signing/signer.js'
import { startPostgres } from '../support/postgres.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const postgres = await startPostgres()
const url = 'url' in postgres ? postgres.url : ''
const skip = 'reason' in postgres ? postgres.reason : false
if (skip) console.error(`SKIPPED: ${skip}`)

test('several processes migrate, notify and lead one Postgres, and sign with one key', { skip }, async () => {
  const folder = await temporaryFolder()
  const [one, other] = await Promise.all([openDatabase({ url, folder }), openDatabase({ url, folder })])
  let hear = (_payload: string) => {}
  const heard = new Promise<string>((resolve) => {
    hear = resolve
  })
  await one.listen('jobs', hear)
  await other.notify('jobs', 'from the other')
  assert.equal(await heard, 'from the other')
  const signers = await Promise.all([one, other].map(({ db }) => openSigner(db)))
  assert.equal(signers[0]?.publicKey, signers[1]?.publicKey)
  const leadership = await one.tryLeadership()
  assert.equal(await other.tryLeadership(), null)
  await leadership?.release()
  const next = await other.tryLeadership()
  assert.notEqual(next, null)
  await next?.release()
  await Promise.all([one.close(), other.close()])
})
