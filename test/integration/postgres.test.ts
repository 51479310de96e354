import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openDatabase } from '../../src/registry/database/database.js'
import { expectedState } from '../fixtures/jobs/count.js'
import { startPostgres } from '../support/postgres.js'
import { startService, until } from '../support/service.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const postgres = await startPostgres()
const url = 'url' in postgres ? postgres.url : ''
const skip = 'reason' in postgres ? postgres.reason : false
if (skip) console.error(`SKIPPED: ${skip}`)

test('several processes migrate, notify and lead one Postgres', { skip }, async () => {
  const folder = await temporaryFolder()
  const [one, other] = await Promise.all([openDatabase({ url, folder }), openDatabase({ url, folder })])
  let hear = (_payload: string) => {}
  const heard = new Promise<string>((resolve) => {
    hear = resolve
  })
  await one.listen('jobs', hear)
  await other.notify('jobs', 'from the other')
  assert.equal(await heard, 'from the other')
  const leadership = await one.tryLeadership()
  assert.equal(await other.tryLeadership(), null)
  await leadership?.release()
  const next = await other.tryLeadership()
  assert.notEqual(next, null)
  await next?.release()
  await Promise.all([one.close(), other.close()])
})

test('two apis and two workers share a Postgres; one api is killed while it publishes', {
  skip,
}, async () => {
  const env = { DATABASE_URL: url }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const service = await startService({ workers: 2, env })
  await service.app.leader.close()
  const first = await startApi({ ...env, ...service.environment })
  await slowPublishing(client)
  const ids = [
    await service.submit({ type: 'count', model: 'torn', steps: 3 }),
    await service.submit({ type: 'count', model: 'whole', steps: 3 }),
  ]
  // Its version is inserted, but its transaction has not ended.
  await until(async () => {
    const { rows } = await client.query("select 1 from pg_stat_activity where wait_event = 'PgSleep'")
    return rows.length > 0
  })
  first.kill('SIGKILL')
  await once(first, 'exit')
  assert.deepEqual((await client.query('select * from model_versions where model = $1', ['torn'])).rows, [])
  await client.query('drop trigger slow on model_versions')
  const second = await startApi({ ...env, ...service.environment })
  const ended = await Promise.all(ids.map((id) => service.ended(id)))
  assert.deepEqual(
    ended.map(({ state, result }) => [state, result?.state, result?.version]),
    ids.map(() => ['succeeded', expectedState(3), 1]),
  )
  const { rows } = await client.query('select model, version from model_versions order by model')
  assert.deepEqual(rows, [
    { model: 'torn', version: 1 },
    { model: 'whole', version: 1 },
  ])
  second.kill('SIGKILL')
  await client.end()
})

async function startApi(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('../support/api-process.js', import.meta.url))
  const child = fork(entry, { env: { ...process.env, ...env } })
  await once(child, 'message')
  return child
}

/** Publishing the model `torn` takes long enough to be killed in it. */
async function slowPublishing(client: pg.Client): Promise<void> {
  await client.query(`
    create function wait_a_little() returns trigger language plpgsql as
      $$ begin if new.model = 'torn' then perform pg_sleep(2); end if; return new; end $$;
    create trigger slow after insert on model_versions for each row execute function wait_a_little();
  `)
}
