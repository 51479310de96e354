import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fillDataFolder } from '../support/database.js'
import { startPostgres } from '../support/postgres.js'
import { until } from '../support/service.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const entry = fileURLToPath(new URL('../support/api-process.js', import.meta.url))

interface Api {
  readonly url: string
  kill(): Promise<void>
}

/** An api in a process of its own; it ends with the test file. */
async function startApi(env: Readonly<Record<string, string>>): Promise<Api> {
  const child: ChildProcess = fork(entry, { env: { ...process.env, NODE_TEST_CONTEXT: '', ...env } })
  const ended = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  after(kill)
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { url, kill }
}

const digest = (bytes: Buffer): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`

const put = ({ url }: Api, { id, number, part }: { id: string; number: number; part: Buffer }) =>
  fetch(`${url}/v1/uploads/${id}/parts/${number}`, {
    method: 'PUT',
    body: new Uint8Array(part),
    headers: { 'content-digest': digest(part) },
  })

async function start({ url }: Api, name: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name })
  const answer = await fetch(`${url}/v1/uploads`, { method: 'POST', headers, body })
  assert.equal(answer.status, 201)
  return ((await answer.json()) as { id: string }).id
}

const show = async ({ url }: Api, id: string) =>
  (await (await fetch(`${url}/v1/uploads/${id}`)).json()) as {
    state: string
    parts: { number: number; sha256: string }[]
  }

async function complete({ url }: Api, id: string) {
  const answer = await fetch(`${url}/v1/uploads/${id}/complete`, { method: 'POST' })
  const body = (await answer.json()) as { code?: string; version: number; rows: number; sha256: string }
  return { status: answer.status, body }
}

/** Begins to send a part and never ends; resolves when some of it is under way. */
async function sendHalf({ url }: Api, { id, number }: { id: string; number: number }): Promise<void> {
  const half = request(`${url}/v1/uploads/${id}/parts/${number}`, {
    method: 'PUT',
    headers: { 'content-digest': digest(Buffer.alloc(0)), 'content-length': 2_000_000 },
  })
  half.on('error', () => {})
  await new Promise<unknown>((resolve) => half.write(Buffer.alloc(1_000_000, 0x31), resolve))
}

/** Three parts of a file of about 6 MB. */
function fileInParts(): { file: Buffer; parts: Buffer[]; rows: number } {
  const rows = 200_000
  let text = 'id,x,name\n'
  for (let row = 0; row < rows; row++) text += `${row},${(row * 7919) % 1009},name ${row % 977}\n`
  const file = Buffer.from(text)
  const third = Math.ceil(file.length / 3)
  return { file, rows, parts: [0, 1, 2].map((part) => file.subarray(part * third, (part + 1) * third)) }
}

const { file, parts, rows } = fileInParts()
const sha256 = createHash('sha256').update(file).digest('hex')

test('an upload goes on after the api was killed while a part came in, and while it was completed', async () => {
  const folder = await temporaryFolder()
  await fillDataFolder(folder)
  const env = { FLYWHEEL_DATA: folder }
  const first = await startApi(env)
  const id = await start(first, 'large')
  for (const number of [3, 1]) await put(first, { id, number, part: parts[number - 1] as Buffer })
  await sendHalf(first, { id, number: 2 })
  await first.kill()

  const second = await startApi(env)
  const there = (await show(second, id)).parts.map(({ number }) => number)
  assert.deepEqual(there, [1, 3])
  assert.equal((await put(second, { id, number: 2, part: parts[1] as Buffer })).status, 200)
  const cut = complete(second, id).catch(() => null)
  await until(async () => (await show(second, id)).state === 'completing')
  await second.kill()
  assert.equal(await cut, null)

  const third = await startApi(env)
  const { status, body } = await complete(third, id)
  assert.deepEqual([status, body.rows, body.sha256, body.version], [201, rows, sha256, 1])
  assert.deepEqual(await readdir(join(folder, 'artifacts/parts')), [])
  await third.kill()
})

const postgres = await startPostgres()
const skip = 'reason' in postgres ? postgres.reason : false
if (skip) console.error(`SKIPPED: ${skip}`)

test('two apis take the parts of one upload, and complete it once', { skip }, async () => {
  const folder = await temporaryFolder()
  const shared = join(folder, 'artifacts')
  await mkdir(shared)
  const env = { DATABASE_URL: 'url' in postgres ? postgres.url : '', FLYWHEEL_ARTIFACTS: shared }
  const apis = await Promise.all(
    ['one', 'other'].map((name) => startApi({ ...env, FLYWHEEL_DATA: join(folder, name) })),
  )
  const [one, other] = apis as [Api, Api]
  const id = await start(one, 'shared')
  const sent = parts.map((part, index) => put(index === 1 ? other : one, { id, number: index + 1, part }))
  assert.deepEqual(
    (await Promise.all(sent)).map(({ status }) => status),
    [200, 200, 200],
  )
  const answers = await Promise.all([one, other, one, other].map((api) => complete(api, id)))
  for (const { status, body } of answers) {
    assert.deepEqual([status, body.version, body.rows, body.sha256], [201, 1, rows, sha256])
  }

  const taken = await start(one, 'taken')
  for (const [index, part] of parts.entries()) await put(other, { id: taken, number: index + 1, part })
  const cut = complete(one, taken).catch(() => null)
  await until(async () => (await show(other, taken)).state === 'completing')
  await one.kill()
  assert.equal(await cut, null)
  const { status, body } = await complete(other, taken)
  assert.deepEqual([status, body.version, body.sha256], [201, 1, sha256])
  assert.deepEqual(await readdir(join(shared, 'parts')), [])
  await other.kill()
})
