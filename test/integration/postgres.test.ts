import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'drizzle-orm'
import { classify } from '../../src/api/problem.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import { openDatabase } from '../../src/registry/database/open-database.js'
import { openSigner } from '../../src/registry/signing/signer.js'
import { wireTo } from '../support/cut-connections.js'
import { startPostgres } from '../support/postgres.js'
import { until } from '../support/service.js'
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

test('connections that break as a transaction begins, or in it, are given back, and the next ones work', {
  skip,
}, async () => {
  const wire = await wireTo(url)
  const database = await openDatabase({ url: wire.url, folder: await temporaryFolder() })
  const one = () => database.db.transaction((tx) => tx.execute(sql`select 1`))
  for (let count = 0; count < 12; count++) {
    wire.cutAt('begin', 1)
    await assert.rejects(one(), (error) => classify(error).code === 'database-unavailable')
  }
  const torn = database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`).catch(() => {})
    await tx.execute(sql`select 1`)
  })
  await assert.rejects(torn, (error) => classify(error).code === 'database-unavailable')
  const idle = database.db.transaction(async (tx) => {
    const { rows } = (await tx.execute(sql`select pg_backend_pid() as pid`)) as unknown as {
      rows: [{ pid: number }]
    }
    const [{ pid }] = rows
    await database.db.execute(sql`select pg_terminate_backend(${pid})`)
    await until(async () => {
      const found = await database.db.execute(sql`select 1 from pg_stat_activity where pid = ${pid}`)
      return (found as unknown as { rows: unknown[] }).rows.length === 0
    })
  })
  await assert.rejects(idle, (error) => classify(error).code === 'database-unavailable')
  const refused = new FlywheelError('conflict', 'refused')
  await assert.rejects(
    database.db.transaction(() => Promise.reject(refused)),
    refused,
  )
  await one()
  wire.close()
  for (const ask of [one, () => database.notify('jobs', '')]) {
    await assert.rejects(ask(), (error) => classify(error).code === 'database-unavailable')
  }
  await database.close()
})

test('one connection listens, also after an outage in which it could not', { skip }, async () => {
  const wire = await wireTo(url)
  const database = await openDatabase({ url: wire.url, folder: await temporaryFolder() })
  const heard: string[] = []
  await database.listen('jobs', (payload) => heard.push(payload))
  wire.cutAt('listen', 2)
  wire.cut('listen')
  await until(() => heard.includes(''))
  // As long as it is between two tries: nobody else tries any more.
  await database.db.execute(sql`select pg_sleep(0.6)`)
  await database.notify('jobs', 'once')
  await until(() => heard.includes('once'))
  await database.notify('jobs', 'last')
  await until(() => heard.includes('last'))
  assert.deepEqual(heard, ['', 'once', 'last'])
  await database.close()
  await until(() => wire.connections() === 0)
})
