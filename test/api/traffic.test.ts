import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { removeVersion } from '../../src/registry/model-removal.js'
import { publish } from '../../src/registry/publishing.js'
import { storeHandMadeModel } from '../support/hand-made-model.js'
import { publishHandMade } from '../support/hand-made-versions.js'
import { addJob, draftVersion } from '../support/jobs.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const { db } = app.database
await publishHandMade({ app, model: 'made' }, 4)
const path = '/v1/models/made/aliases/champion'
const store = { db, artifacts: app.artifacts, signer: app.signer }

async function put(payload: object, alias = 'champion') {
  const { statusCode, body } = await app.inject({
    method: 'PUT',
    url: `/v1/models/made/aliases/${alias}`,
    payload,
  })
  return { status: statusCode, body: JSON.parse(body) }
}
const get = async (url: string) => (await app.inject({ url })).json()
const instance = { a: 1, job: 'x' }
const tensors = {
  inputs: [
    { name: 'a', shape: [1], datatype: 'FP32', data: [1] },
    { name: 'job', shape: [1], datatype: 'BYTES', data: ['x'] },
  ],
}
/** A request of each protocol that resolves an alias. */
const protocols: [string, object][] = [
  ['/v1/models/made/predict', { instances: [instance] }],
  [`${path}/predict`, { instances: [instance] }],
  ['/v1/models/made:predict', { instances: [instance] }],
  ['/v1/models/made/labels/champion:classify', { examples: [instance] }],
  ['/v2/models/made/infer', tensors],
  ['/v2/models/made/versions/champion/infer', tensors],
  ['/invocations', { instances: [instance] }],
]

async function answeredBy(url: string, payload: object, headers = {}): Promise<number> {
  const answer = await app.inject({ method: 'POST', url, payload, headers })
  assert.equal(answer.statusCode, 200, answer.body)
  return Number(answer.headers['x-model-version'])
}

test('in every protocol a key meets the same version, and keys are split by the weights', async () => {
  const set = await put({ weights: { 2: 70, 3: 30 }, stickyBy: 'X-User-Id' })
  const state = { version: 2, weights: { 2: 70, 3: 30 }, stickyBy: 'x-user-id', shadow: null }
  assert.deepEqual(set, { status: 200, body: { model: 'made', alias: 'champion', ...state } })
  const versions: number[] = []
  for (let user = 0; user < 60; user++) {
    const headers = { 'x-user-id': `user-${user}` }
    const seen = await Promise.all(protocols.map(([url, payload]) => answeredBy(url, payload, headers)))
    assert.equal(new Set(seen).size, 1, `user ${user}: ${seen}`)
    versions.push(seen[0] as number)
  }
  const second = versions.filter((version) => version === 3).length
  assert.ok(second >= 5 && second <= 35, `${second} of 60 by version 3`)
})

test('without the header each request is drawn', async () => {
  const [url, payload] = protocols[0] as [string, object]
  const versions = await Promise.all(Array.from({ length: 60 }, () => answeredBy(url, payload)))
  assert.deepEqual([...new Set(versions)].sort(), [2, 3])
})

test('the answer names the version that answered, also where the protocol has a place for it', async () => {
  for (let user = 0; user < 10; user++) {
    const headers = { 'x-user-id': `user-${user}` }
    const native = await app.inject({
      method: 'POST',
      url: `${path}/predict`,
      payload: { instances: [instance] },
      headers,
    })
    const tensor = await app.inject({
      method: 'POST',
      url: '/v2/models/made/infer',
      payload: tensors,
      headers,
    })
    const version = Number(native.headers['x-model-version'])
    assert.equal(native.json().model.version, version)
    assert.equal(tensor.json().model_version, String(version))
  }
})

test('a number is no name of an alias', async () => {
  for (const alias of ['7', '007', '1234567890']) {
    const { status, body } = await put({ version: 1 }, alias)
    assert.equal(status, 400, alias)
    assert.match(
      body.detail,
      new RegExp(`alias: expected a name, as a number is always a version, received "${alias}"`),
    )
  }
  assert.equal((await put({ version: 1 }, '7b')).status, 200)
  assert.equal((await app.inject({ method: 'DELETE', url: '/v1/models/made/aliases/7b' })).statusCode, 204)
})

test('model, version and alias show the split', async () => {
  const { aliases, traffic } = await get('/v1/models/made')
  assert.deepEqual(aliases, { champion: 2 })
  assert.deepEqual(traffic.champion.weights, { 2: 70, 3: 30 })
  assert.deepEqual((await get('/v1/models/made/versions/3')).aliases, ['champion'])
  assert.deepEqual((await get(path)).weights, { 2: 70, 3: 30 })
})

const refused: [string, object, number, RegExp][] = [
  [
    'weights that are not 100 together',
    { weights: { 2: 70, 3: 20 } },
    400,
    /weights: expected percentages that are 100 together, received 90/,
  ],
  ['a version that is not there', { weights: { 2: 70, 9: 30 } }, 404, /no version 9 of made/],
  ['a shadow that is not there', { version: 1, shadow: 9 }, 404, /no version 9 of made/],
  ['a weight of 0', { weights: { 2: 100, 3: 0 } }, 400, /weights\[3\]: expected >= 1, received 0/],
  ['a fraction', { weights: { 2: 99.5, 3: 0.5 } }, 400, /weights/],
  ['a name that is no number', { weights: { next: 100 } }, 400, /weights/],
  [
    'version and weights',
    { version: 1, weights: { 2: 100 } },
    400,
    /either a version or weights, received both/,
  ],
  ['neither', { stickyBy: 'x-user-id' }, 400, /either a version or weights, received neither/],
  [
    'a key without weights',
    { version: 1, stickyBy: 'x-user-id' },
    400,
    /stickyBy: expected weights beside it/,
  ],
  ['a header that can not be', { weights: { 2: 100 }, stickyBy: 'a b' }, 400, /stickyBy/],
  [
    'a shadow that answers as well',
    { weights: { 2: 70, 3: 30 }, shadow: 3 },
    400,
    /shadow: expected a version that does not answer/,
  ],
  ['another version than expected', { version: 1, expected: 3 }, 409, /does not name version 3 now/],
]
for (const [what, payload, status, detail] of refused) {
  test(`it refuses ${what}, and changes nothing`, async () => {
    const before = await get(path)
    const answer = await put(payload)
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    assert.match(answer.body.detail, detail)
    assert.deepEqual(await get(path), before)
  })
}

test('a version that carries a part of the requests, or shadows, is not removed', async () => {
  await put({ version: 1, shadow: 4 }, 'next')
  for (const [version, alias] of [
    [3, 'champion'],
    [4, 'next'],
  ] as const) {
    const answer = await app.inject({ method: 'DELETE', url: `/v1/models/made/versions/${version}` })
    assert.equal(answer.statusCode, 409)
    assert.deepEqual(answer.json().neededBy, [`/v1/models/made/aliases/${alias}`])
  }
})

test('a job does not end a split that somebody has set up, unless it moves the alias in every case', async () => {
  const deployed = async (expected: unknown) => {
    const jobId = await addJob(db, { model: 'made' })
    const deploy = { alias: 'champion', move: true, expected, reason: 'better', metrics: null }
    const made = await storeHandMadeModel(app.artifacts, { seed: 9 })
    const version = await draftVersion(app.artifacts, { model: 'made', ...made, deploy: deploy as never })
    await publish(store, { jobId, output: { result: {}, version } })
    return { jobId, deployed: (await get(`/v1/jobs/${jobId}`)).result.deployed }
  }
  const split = await deployed(2)
  assert.equal(split.deployed.moved, false)
  assert.equal(split.deployed.reason, 'the alias champion splits its requests between versions')
  const always = await deployed('any')
  assert.equal(always.deployed.moved, true)
  const { version, weights, changes } = await get(path)
  assert.deepEqual([version, weights, changes[0].job, changes[0].before.version], [6, null, always.jobId, 2])
})

test('a rollback brings back the split that was before, and a second one undoes it', async () => {
  await app.deployments.refresh()
  const back = await app.inject({ method: 'POST', url: `${path}/rollback?expected=6` })
  assert.deepEqual(back.json().weights, { 2: 70, 3: 30 })
  const [url, payload] = protocols[0] as [string, object]
  assert.ok([2, 3].includes(await answeredBy(url, payload)))
  const again = await app.inject({ method: 'POST', url: `${path}/rollback?expected=6` })
  assert.equal(again.statusCode, 409)
  assert.equal((await app.inject({ method: 'POST', url: `${path}/rollback` })).json().version, 6)
})

test('a rollback to a version that is gone is a 404; one of an alias without a past a 409', async () => {
  await put({ version: 4 }, 'gone')
  assert.equal(
    (await app.inject({ method: 'POST', url: '/v1/models/made/aliases/gone/rollback' })).statusCode,
    409,
  )
  await put({ version: 1 }, 'gone')
  await put({ version: 1 }, 'next')
  await removeVersion(store, { model: 'made', version: 4 })
  const answer = await app.inject({ method: 'POST', url: '/v1/models/made/aliases/gone/rollback' })
  assert.equal(answer.statusCode, 404)
  assert.match(answer.json().detail, /no version 4 of made/)
})

test('the history tells every change, the latest first, that of a removed alias too', async () => {
  await app.inject({ method: 'DELETE', url: '/v1/models/made/aliases/gone' })
  await put({ version: 2 }, 'gone')
  const { changes } = await get('/v1/models/made/aliases/gone')
  const steps = changes.map(({ before, after }: Record<string, { version: number } | null>) => [
    before?.version,
    after?.version,
  ])
  assert.deepEqual(steps, [
    [undefined, 2],
    [1, undefined],
    [4, 1],
    [undefined, 4],
  ])
})

test('to set what stands already is no change', async () => {
  const { changes } = await get('/v1/models/made/aliases/gone')
  await put({ weights: { 2: 100 } }, 'gone')
  assert.equal((await get('/v1/models/made/aliases/gone')).changes.length, changes.length)
})
