import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { modelVersions } from '../../src/registry/database/schema.js'
import { packTensors } from '../../src/training/weights.js'
import { handMadeClasses, storeHandMadeModel } from '../support/hand-made-model.js'
import { publishHandMade } from '../support/hand-made-versions.js'
import { until } from '../support/service.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
/** Version 2 answers "b" to everything. */
await publishHandMade({ app, model: 'made' }, 3, { biases: { 2: Float32Array.of(100, 0, 0) } })
const shadowBy = (shadow?: number) =>
  app.inject({
    method: 'PUT',
    url: '/v1/models/made/aliases/champion',
    payload: { version: 1, ...(shadow === undefined ? {} : { shadow }) },
  })
const predict = (instances: object[], url = '/v1/models/made/predict') =>
  app.inject({ method: 'POST', url, payload: { instances } })
const listed = async (query: string) => {
  await app.predictions.flush()
  return (await app.inject({ url: `/v1/models/made/predictions?${query}` })).json()
}
async function metric(start: string): Promise<number> {
  const { body } = await app.inject({ url: '/metrics' })
  const line = body.split('\n').find((each) => each.startsWith(start))
  return line === undefined ? 0 : Number(line.split(' ').at(-1))
}
const copies = (version: number, outcome: string) =>
  metric(`flywheel_shadow_copies_total{model="made",version="${version}",outcome="${outcome}"}`)
/** The first gets "9" of version 1, the second "b" of both. */
const instances = [
  { a: 5, job: 'x' },
  { a: -5, job: 'y' },
]
const labels = (predictions: { label: string }[]) => predictions.map(({ label }) => label)

test('a shadow’s answers are recorded beside the ones that were given, which they do not change', async () => {
  await shadowBy(2)
  const { predictions, model } = (await predict(instances)).json()
  assert.equal(model.version, 1)
  await until(async () => (await copies(2, 'answered')) === 1)
  const { data } = await listed('shadow=true')
  const [last, first] = data
  assert.deepEqual(labels([first.answer, last.answer]), ['b', 'b'])
  assert.deepEqual([first.features, last.features], instances)
  assert.deepEqual([first.version, last.version], [2, 2])
  const ids = predictions.map(({ id }: { id: string }) => id)
  assert.deepEqual(
    [first.shadowOf, last.shadowOf],
    ids.map((id: string) => ({ version: 1, id })),
  )
  const given = (await listed('shadow=false')).data
  assert.deepEqual(given.map(({ id }: { id: string }) => id).reverse(), ids)
  assert.equal(given[0].shadowOf, null)
})

test('the metrics tell how often it agrees', async () => {
  const rows = (answer: string) =>
    metric(`flywheel_shadow_rows_total{model="made",version="2",answer="${answer}"}`)
  const before = [await rows('same'), await rows('different')]
  const count = await copies(2, 'answered')
  const { predictions } = (await predict(instances)).json()
  await until(async () => (await copies(2, 'answered')) === count + 1)
  const same = labels(predictions).filter((label) => label === 'b').length
  assert.ok(same < 2)
  assert.deepEqual(
    [await rows('same'), await rows('different')],
    [(before[0] as number) + same, (before[1] as number) + 2 - same],
  )
})

test('requests of other protocols are copied, too; those that name a version are not', async () => {
  const count = await copies(2, 'answered')
  assert.equal((await predict(instances, '/v1/models/made/versions/1/predict')).statusCode, 200)
  assert.equal((await predict(instances, '/v1/models/made:predict')).statusCode, 200)
  await until(async () => (await copies(2, 'answered')) > count)
  assert.equal(await copies(2, 'answered'), count + 1)
  const [{ shadowOf }] = (await listed('shadow=true&version=2&limit=1')).data
  assert.deepEqual(shadowOf, { version: 1, id: null })
})

test('what waits counts with the body that it came in', async () => {
  const [dropped, answered] = [await copies(2, 'dropped'), await copies(2, 'answered')]
  const body = JSON.stringify({ instances }).padEnd(16 * 1024 ** 2)
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/v1/models/made/predict',
    headers: { 'content-type': 'application/json' },
    payload: body,
  })
  assert.equal(statusCode, 200)
  assert.equal(await copies(2, 'dropped'), dropped + 1)
  assert.equal(await copies(2, 'answered'), answered)
})

test('a shadow that can not answer takes no request its answer, and is counted', async () => {
  const { sha256, blobs } = await storeHandMadeModel(app.artifacts, { bias: Float32Array.of(0, 0, 7) })
  await addVersion(4, sha256, blobs)
  await rm(app.artifacts.path(blobs[1] as string), { force: true })
  await shadowBy(4)
  const answer = await predict(instances)
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.json().model.version, 1)
  await until(async () => (await copies(4, 'failed')) >= 1)
  assert.deepEqual((await listed('version=4')).data, [])
})

test('a shadow with other features reads the request in its own terms', async () => {
  await addVersion(5, await storeWithoutJob())
  await shadowBy(5)
  await predict(instances)
  await until(async () => (await copies(5, 'answered')) === 1)
  const { data } = await listed('version=5')
  assert.deepEqual(data.map(({ features }: { features: object }) => features).reverse(), [
    { a: 5 },
    { a: -5 },
  ])
})

test('pages of kept predictions follow each other without gap or repetition', async () => {
  const whole = (await listed('limit=200')).data.map(({ id }: { id: string }) => id)
  assert.ok(whole.length >= 8)
  assert.deepEqual([...new Set(whole)], whole)
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { data: { id: string }[]; nextCursor: string | null } = await listed(
      `limit=3${cursor && `&cursor=${cursor}`}`,
    )
    seen.push(...page.data.map(({ id }) => id))
    cursor = page.nextCursor
  }
  assert.deepEqual(seen, whole)
})

async function addVersion(version: number, sha256: string, blobs: string[] = []): Promise<void> {
  const row = { task: 'tabular-classification', target: 'kind', classes: handMadeClasses, job: 'none' }
  const dataset = { dataset: 'made', datasetVersion: 1 }
  const signed = app.signer.signVersion({ model: 'made', version, sha256 })
  const figures = { ...signed, reportSha256: sha256, blobs, sizeBytes: 1, metrics: {} }
  await app.database.db
    .insert(modelVersions)
    .values({ model: 'made', version, sha256, ...row, ...dataset, ...figures })
}

/** A version that knows the feature `a` alone. */
async function storeWithoutJob(): Promise<string> {
  const { manifest } = await storeHandMadeModel(app.artifacts)
  const { tensors, bytes } = packTensors([
    { name: 'logits/kernel', shape: [1, 3], values: Float32Array.of(1, 0, 2) },
    { name: 'logits/bias', shape: [3], values: Float32Array.of(0, 0, 0) },
  ])
  const narrow = {
    ...manifest,
    shapes: { inputs: [{ name: 'features', shape: [1] }], units: 3 },
    features: ['a'],
    transforms: manifest.transforms.slice(0, 1),
    networkColumns: ['a'],
    weights: { ...(await app.artifacts.put(bytes)), tensors: [...tensors] },
  }
  return (await app.artifacts.put(Buffer.from(JSON.stringify(narrow)))).sha256
}
