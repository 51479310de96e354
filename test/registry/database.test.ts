import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'drizzle-orm'
import { identify } from '../../src/process-identity.js'
import { lockFolder } from '../../src/registry/database/lock-file.js'
import { openDatabase } from '../../src/registry/database/open-database.js'
import { feedback, settings } from '../../src/registry/database/schema.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

test('the embedded database keeps rows over a close, with JSON texts as texts', async () => {
  const folder = await temporaryFolder()
  const first = await openDatabase({ url: null, folder })
  await first.db.insert(settings).values({ name: 'a', value: { text: '7' } })
  const row = { model: 'm', dedupKey: 'k', features: { a: '007' }, label: '7' }
  await first.db.insert(feedback).values(row)
  await first.close()
  const second = await openDatabase({ url: null, folder })
  const [kept] = await second.db.select().from(feedback)
  assert.deepEqual(await second.db.select().from(settings), [{ name: 'a', value: { text: '7' } }])
  assert.equal(kept?.label, '7')
  await second.close()
})

test('a notification reaches who listens', async () => {
  const database = await testDatabase()
  let hear = (_payload: string) => {}
  const heard = new Promise<string>((resolve) => {
    hear = resolve
  })
  await database.listen('jobs', hear)
  await database.notify('jobs', 'job-1')
  assert.equal(await heard, 'job-1')
})

test('a second holder of a data folder is refused and told of DATABASE_URL', async () => {
  const folder = await temporaryFolder()
  const lock = await lockFolder(folder)
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await writeFile(join(folder, 'lock'), JSON.stringify(identify(other.pid as number)))
  await assert.rejects(lockFolder(folder), (error: Error & { remedy: string }) =>
    error.remedy.includes('DATABASE_URL'),
  )
  other.kill('SIGKILL')
  await once(other, 'exit')
  const next = await lockFolder(folder)
  await lock.release()
  await next.release()
})

test('a lock of an earlier process with the same pid, or a torn one, is taken over', async () => {
  const folder = await temporaryFolder()
  for (const stale of [JSON.stringify({ pid: process.pid, startTime: '1' }), '{"pid":']) {
    await writeFile(join(folder, 'lock'), stale)
    const lock = await lockFolder(folder)
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'lock'), 'utf8')), identify(process.pid))
    await lock.release()
  }
})

test('a text with a NUL character is refused, not a fault of the database', async () => {
  const database = await testDatabase()
  const insert = database.db.insert(settings).values({ name: 'nul', value: { text: 'a\u0000b' } })
  await assert.rejects(async () => insert, { code: 'request-invalid' })
  await database.db.insert(settings).values({ name: 'escaped', value: { text: 'a\\u0000b' } })
})

test('a database is made elsewhere, in place of what an interrupted start left, and takes little memory', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'postgres'))
  await mkdir(join(folder, 'postgres.new'))
  await writeFile(join(folder, 'postgres.new', 'half'), '')
  const before = process.memoryUsage().external
  const database = await openDatabase({ url: null, folder })
  const grown = process.memoryUsage().external - before
  assert.deepEqual(await database.db.select().from(settings), [])
  assert.deepEqual((await readdir(folder)).sort(), ['lock', 'postgres'])
  await database.close()
  assert.ok(grown < 200e6, `${grown} bytes: PGlite’s memory begins with 134 MB`)
})

test('dates come as Postgres writes them, alone, in arrays and in a transaction', async () => {
  const { db } = await testDatabase()
  const query = sql`select date '2024-02-29' as day, array[date '2024-02-29'] as days, array[1.5] as numbers`
  const expected = [{ day: '2024-02-29', days: '{2024-02-29}', numbers: '{1.5}' }]
  for (const { rows } of [
    (await db.execute(query)) as unknown as { rows: unknown },
    (await db.transaction((tx) => tx.execute(query))) as unknown as { rows: unknown },
  ]) {
    assert.deepEqual(rows, expected)
  }
})
