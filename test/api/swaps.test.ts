import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { setAlias } from '../../src/registry/aliases.js'
import { sendAtOnce } from '../support/pipelined.js'
import { publishMade } from '../support/publish-made.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const hashes = await publishMade(app, { model: 'made', versions: 6 })
const address = await app.listen({ host: '127.0.0.1', port: 0 })
const champion = { model: 'made', alias: 'champion' }

const body = Buffer.from(JSON.stringify({ instances: [{ a: 1, job: 'x' }] }))
/** @returns the status and the version of each answer */
async function ask(requests: number): Promise<string[]> {
  const answers = await sendAtOnce(
    address,
    Array.from({ length: requests }, () => ({ path: '/v1/models/made/predict', body })),
  )
  return answers.map(({ status, headers }) => `${status} ${headers['x-model-version']}`)
}
const answersOf = async (requests: number): Promise<string[]> => [...new Set(await ask(requests))].sort()
const put = (version: number) =>
  app.inject({ method: 'PUT', url: '/v1/models/made/aliases/champion', payload: { version } })

/** The file of a version's weights. */
async function weightsOf(version: number): Promise<string> {
  const manifest = JSON.parse(
    (await app.artifacts.read(hashes[version - 1] as string)).toString(),
  ) as ModelManifest
  assert.ok(manifest.weights)
  return app.artifacts.path(manifest.weights.sha256)
}

/** As a job does: the alias changes, and apis hear of it. */
async function promote(version: number): Promise<void> {
  await setAlias(app.database.db, { ...champion, version })
  await app.deployments.refresh()
}

test('what answered before goes on while the new version is loaded, and then no request meets it any more', async () => {
  assert.deepEqual(await answersOf(3), ['200 1'])
  while (app.predictors.loaded(hashes[0] as string) === null) await new Promise(setImmediate)
  const path = await weightsOf(2)
  const bytes = await readFile(path)
  // All versions share the weights: the first one has read them. Now they come when the test gives them.
  await rename(path, `${path}.kept`)
  await promisify(execFile)('mkfifo', [path])
  await promote(2)
  for (let round = 0; round < 5; round++) assert.deepEqual(await answersOf(40), ['200 1'])
  assert.equal(app.predictors.loaded(hashes[1] as string), null)
  await writeFile(path, bytes)
  await app.deployments.settled(champion)
  assert.deepEqual(await answersOf(40), ['200 2'])
  await rm(path)
  await rename(`${path}.kept`, path)
})

test('a version that can not be loaded is refused, and what stands there answers', async () => {
  const manifest = app.artifacts.path(hashes[2] as string)
  await rename(manifest, `${manifest}.gone`)
  const refused = await put(3)
  assert.equal(refused.json().code, 'artifact-damaged')
  assert.deepEqual(await answersOf(10), ['200 2'])
  const { version } = (await app.inject('/v1/models/made/aliases/champion')).json()
  assert.equal(version, 2)

  await promote(3)
  await app.deployments.settled(champion)
  assert.deepEqual(await answersOf(10), ['200 2'])
  await rename(`${manifest}.gone`, manifest)
  const shown = (await app.inject('/v1/models/made/versions/3')).json().serving
  assert.match(shown.reason, /aliases go on with what they stood for: The stored file/)
  await app.deployments.refresh()
  await app.deployments.settled(champion)
  assert.deepEqual(await answersOf(10), ['200 3'])
})

test('no request fails while versions are swapped, promoted and rolled back under load', async () => {
  let isOver = false
  const given = new Map<string, number>()
  const clients = Array.from({ length: 8 }, async () => {
    while (!isOver) for (const answer of await ask(20)) given.set(answer, (given.get(answer) ?? 0) + 1)
  })
  for (const version of [4, 5, 6, 1, 2]) {
    assert.equal((await put(version)).statusCode, 200)
    // What is asked after the answer is the new version's.
    assert.deepEqual(await answersOf(10), [`200 ${version}`])
  }
  for (const version of [1, 2]) {
    const rolledBack = await app.inject({
      method: 'POST',
      url: '/v1/models/made/aliases/champion/rollback',
    })
    assert.equal(rolledBack.json().version, version)
    assert.deepEqual(await answersOf(10), [`200 ${version}`])
  }
  await promote(3)
  await app.deployments.settled(champion)
  isOver = true
  await Promise.all(clients)
  assert.ok(
    [...given.keys()].every((answer) => /^200 [1-6]$/.test(answer)),
    JSON.stringify([...given]),
  )
  assert.ok(given.size >= 5, `${given.size} versions have answered`)
})
