import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import type { Calibration } from '../../src/contracts/model-manifest.js'
import { aliases, models, modelVersions } from '../../src/registry/database/schema.js'
import { countPending } from '../../src/registry/feedback.js'
import { MODELS_CHANNEL } from '../../src/registry/new-versions.js'
import { handMadeClasses, handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const { db } = app.database
const first = await publish(1)
const second = await publish(2)
await publish(4, { rows: 9, temperature: 2, scores: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] })
await db.insert(models).values({ name: 'made', lastVersion: 4 })
await pointChampionAt(1)

async function publish(version: number, calibration?: Calibration) {
  const { sha256, blobs } = await storeHandMadeModel(app.artifacts, {
    seed: version,
    ...(calibration === undefined ? {} : { calibration }),
  })
  await db.insert(modelVersions).values({
    model: 'made',
    version,
    task: 'tabular-classification',
    target: 'kind',
    classes: handMadeClasses,
    job: 'none',
    dataset: 'made',
    datasetVersion: 1,
    sha256,
    ...app.signer.signVersion({ model: 'made', version, sha256 }),
    reportSha256: sha256,
    blobs,
    sizeBytes: 1,
    metrics: {},
  })
  return sha256
}

async function pointChampionAt(version: number): Promise<void> {
  await db
    .insert(aliases)
    .values({ model: 'made', alias: 'champion', version })
    .onConflictDoUpdate({ target: [aliases.model, aliases.alias], set: { version } })
  await app.database.notify(MODELS_CHANNEL, 'made')
}

const post = (url: string, payload: unknown, options: Partial<InjectOptions> = {}) =>
  app.inject({ method: 'POST', url, payload: payload as never, ...options })
const predict = async (instances: unknown, path = '') => post(`/v1/models/made${path}/predict`, { instances })
const idOf = async (instance: object): Promise<string> => (await predict([instance])).json().predictions[0].id

test('predict answers label, probabilities, id, version and hash', async () => {
  const instances = [
    { a: 2, job: 'x', id: 7, kind: null },
    { job: null, a: null },
  ]
  const response = await predict(instances)
  assert.equal(response.statusCode, 200, response.body)
  const { predictions, model } = response.json()
  assert.deepEqual(model, { name: 'made', version: 1, sha256: first })
  const expected = handMadeProbabilities({ a: 2, job: 'x' })
  assert.equal(predictions[0].label, '9')
  for (const [index, name] of handMadeClasses.entries()) {
    assert.ok(Math.abs(predictions[0].probabilities[name] - (expected[index] as number)) < 1e-6)
  }
  assert.equal(new Set(predictions.map((prediction: { id: string }) => prediction.id)).size, 2)
})

const spellings: [string, string][] = [
  ['as it is most often', '{"instances":[{"a":2,"job":"x"}]}'],
  ['with spaces', ' { "instances" : [ { "a" : 2.0 , "job" : "x" } ] }\n'],
  ['in another order', '{"instances":[{"job":"x","a":2}]}'],
  ['with escapes and other columns', '{"instances":[{"\\u0061":20e-1,"job":"\\u0078","id":1}]}'],
]
for (const [what, body] of spellings) {
  test(`a row has one answer, however it is written: ${what}`, async () => {
    const headers = { 'content-type': 'application/json' }
    const response = await post('/v1/models/made/predict', body, { headers })
    assert.equal(response.statusCode, 200, response.body)
    const [plain] = (await predict([{ a: 2, job: 'x' }])).json().predictions
    assert.deepEqual(response.json().predictions[0].probabilities, plain.probabilities)
  })
}

test('what is wrong with a body is said before what is wrong with the model’s name', async () => {
  const headers = { 'content-type': 'application/json' }
  const said = async (body: string) =>
    (await post('/v1/models/unknown/predict', body, { headers })).json().code
  assert.equal(await said('{"instances":[{"a":1'), 'body-malformed')
  assert.equal(await said(''), 'body-malformed')
  assert.equal(await said('{"rows":[]}'), 'request-invalid')
  assert.equal(await said('{"instances":[{"a":1}]}'), 'not-found')
})

test('a version is named by its number or by an alias; what is not there is a 404', async () => {
  const instances = [{ a: 1, job: 'y' }]
  assert.equal((await predict(instances, '/versions/2')).json().model.sha256, second)
  assert.equal((await predict(instances, '/aliases/champion')).json().model.version, 1)
  for (const path of ['/versions/3', '/aliases/nobody']) {
    assert.equal((await predict(instances, path)).statusCode, 404)
  }
  assert.equal((await post('/v1/models/unknown/predict', { instances })).json().code, 'not-found')
  assert.match((await post('/v1/models/made/predict?v=2', { instances })).json().detail, /^query\.v: /)
})

test('an alias that moves is followed as soon as its change is answered', async () => {
  const moveChampionTo = (version: number) =>
    app.inject({ method: 'PUT', url: '/v1/models/made/aliases/champion', payload: { version } })
  for (const version of [2, 1]) {
    assert.equal((await moveChampionTo(version)).statusCode, 200)
    assert.equal((await predict([{ a: 1, job: 'y' }])).json().model.version, version)
  }
})

const refused: [string, unknown, number, string, string][] = [
  [
    'a missing feature',
    { instances: [{ a: 1, job: 'x' }, { a: 1 }] },
    422,
    'instances-invalid',
    'instances[1].job',
  ],
  ['a wrong type', { instances: [{ a: '1', job: 'x' }] }, 422, 'instances-invalid', 'instances[0].a'],
  [
    'an unknown column',
    { instances: [{ a: 1, job: 'x', b: 1 }] },
    422,
    'instances-invalid',
    'instances[0].b',
  ],
  ['an empty list', { instances: [] }, 422, 'instances-invalid', 'instances'],
  ['no list', {}, 422, 'instances-invalid', 'instances'],
  ['an element that is no object', { instances: [1] }, 422, 'instances-invalid', 'instances[0]'],
  ['another property', { instances: [{ a: 1, job: 'x' }], mode: 1 }, 400, 'request-invalid', 'mode'],
  ['a body that is no object', [1], 400, 'request-invalid', ''],
]
for (const [what, body, status, code, path] of refused) {
  test(`predict refuses ${what}`, async () => {
    const response = await post('/v1/models/made/predict', body)
    assert.equal(response.statusCode, status)
    assert.equal(response.json().code, code)
    assert.equal(response.json().errors[0].path, path)
  })
}

test('a calibrated version answers at its temperature, and with the sets that are asked for', async () => {
  const instances = [{ a: 1, job: 'y' }]
  const { probabilities: plain } = (await predict(instances)).json().predictions[0]
  const response = await post('/v1/models/made/versions/4/predict?conformal=0.5', { instances })
  assert.equal(response.statusCode, 200, response.body)
  const { id, label, probabilities, set } = response.json().predictions[0]
  assert.ok(id && label === '9')
  const roots = handMadeClasses.map((name) => Math.sqrt(plain[name]))
  const sum = roots.reduce((total, root) => total + root, 0)
  for (const [unit, name] of handMadeClasses.entries()) {
    assert.ok(Math.abs(probabilities[name] - (roots[unit] as number) / sum) < 1e-6)
  }
  assert.deepEqual(
    set,
    handMadeClasses.filter((name) => 1 - probabilities[name] <= 0.5),
  )
})

test('sets are refused for a version without calibration, and for what is no probability', async () => {
  const ask = (query: string) =>
    post(`/v1/models/made/versions/1/predict?${query}`, { instances: [{ a: 1, job: 'y' }] })
  const refused = await ask('conformal=0.9')
  assert.equal(refused.statusCode, 400)
  assert.deepEqual(refused.json().errors, [
    { path: 'conformal', expected: 'nothing, for a version without validation rows', received: '0.9' },
  ])
  for (const query of ['conformal=1', 'conformal=0', 'conformal=most']) {
    assert.match((await ask(query)).json().detail, /^query\.conformal: /)
  }
})

test('labels come for predictions and for features, and count once', async () => {
  const id = await idOf({ a: 1, job: 'x' })
  const items = [
    { predictionId: id, label: 'b' },
    { features: { a: 3, job: null }, label: '10' },
  ]
  const send = (payload: unknown) => post('/v1/models/made/feedback', payload)
  const response = await send(items)
  assert.equal(response.statusCode, 202, response.body)
  assert.deepEqual(response.json(), { accepted: 2, duplicates: 0 })
  assert.deepEqual((await send(items)).json(), { accepted: 0, duplicates: 2 })
  assert.deepEqual((await send(items[0])).json(), { accepted: 0, duplicates: 1 })
  assert.equal(await countPending(db, { model: 'made' }), 2)
})

test('labels come as NDJSON, one a line', async () => {
  const lines = [1, 2, 3].map((a) => JSON.stringify({ features: { a: a / 7, job: 'y' }, label: 'b' }))
  const response = await post('/v1/models/made/feedback', `${lines.join('\r\n')}\n\n`, {
    headers: { 'content-type': 'application/x-ndjson' },
  })
  assert.deepEqual(response.json(), { accepted: 3, duplicates: 0 })
  const broken = await post('/v1/models/made/feedback', `${lines[0]}\n{"label":`, {
    headers: { 'content-type': 'application/x-ndjson' },
  })
  assert.equal(broken.statusCode, 400)
  assert.match(broken.json().detail, /^Line 2/)
})

test('feedback is all or nothing: unknown ids and labels that are no class are listed, with the classes', async () => {
  const before = await countPending(db, { model: 'made' })
  const response = await post('/v1/models/made/feedback', [
    { features: { a: 9, job: 'x' }, label: 'b' },
    { predictionId: 'nobody.1', label: 'b' },
    { features: { a: 8, job: 'x' }, label: 'c' },
  ])
  assert.equal(response.statusCode, 422)
  const { code, errors, classes } = response.json()
  assert.equal(code, 'feedback-invalid')
  assert.deepEqual(errors.map((error: { path: string }) => error.path).sort(), [
    '[1].predictionId',
    '[2].label',
  ])
  assert.deepEqual(classes, handMadeClasses)
  assert.equal(await countPending(db, { model: 'made' }), before)
})

for (const [what, body, status] of [
  ['nothing', [], 422],
  ['both ways at once', { predictionId: 'x.1', features: {}, label: 'b' }, 422],
  ['no label', { features: { a: 1, job: 'x' } }, 422],
  ['features that do not fit', { features: { a: 1 }, label: 'b' }, 422],
  ['a value beyond float32', { features: { a: 1e39, job: 'x' }, label: 'b' }, 422],
  ['a number', 5, 400],
] as const) {
  test(`feedback refuses ${what}`, async () => {
    assert.equal((await post('/v1/models/made/feedback', body)).statusCode, status)
  })
}

test('a model that keeps no predictions gives no ids', async () => {
  await db.update(models).set({ keepPredictions: false })
  await pointChampionAt(1)
  const { predictions } = (await predict([{ a: 1, job: 'x' }])).json()
  assert.deepEqual(Object.keys(predictions[0]), ['label', 'probabilities'])
  await db.update(models).set({ keepPredictions: null })
  await pointChampionAt(1)
})

test('a killed predictor is started again, and predict answers again', async () => {
  process.kill(app.predictors.pids[0] as number, 'SIGKILL')
  let response = await predict([{ a: 1, job: 'x' }])
  while (response.statusCode === 503) {
    assert.equal(response.json().code, 'predictor-unavailable')
    assert.ok(Number(response.headers['retry-after']) >= 1)
    await new Promise(setImmediate)
    response = await predict([{ a: 1, job: 'x' }])
  }
  assert.equal(response.statusCode, 200)
})

test('an alias is set and removed by compare-and-set', async () => {
  const url = '/v1/models/made/aliases/stage'
  const put = async (payload: object) => (await app.inject({ method: 'PUT', url, payload })).statusCode
  const remove = async (query = '') =>
    (await app.inject({ method: 'DELETE', url: `${url}${query}` })).statusCode
  assert.equal(await put({ version: 1, expected: 2 }), 409)
  assert.equal(await put({ version: 1, expected: null }), 200)
  assert.equal(await put({ version: 2, expected: null }), 409)
  assert.equal(await put({ version: 2, expected: 1 }), 200)
  assert.equal(await put({ version: 3 }), 404)
  assert.equal(await remove('?expected=1'), 409)
  assert.equal((await predict([{ a: 1, job: 'x' }], '/aliases/stage')).json().model.version, 2)
  assert.equal(await remove('?expected=2'), 204)
  assert.equal(await remove(), 404)
})
