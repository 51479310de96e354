import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { publishHandMade } from '../support/hand-made-versions.js'
import { until } from '../support/service.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
await publishHandMade({ app, model: 'made' }, 2)

const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
const lines = async () => (await app.inject({ url: '/metrics' })).body.split('\n')
const value = async (series: string) =>
  Number(
    (await lines())
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')
      .at(-1) ?? 0,
  )
const requests = (version: string, code: number, reason: string, model = 'made') =>
  value(
    `flywheel_predict_requests_total{model="${model}",version="${version}",code="${code}",reason="${reason}"}`,
  )
const instances = [
  { a: 1, job: 'x' },
  { a: 2, job: 'y' },
]

test('requests of all protocols are counted by version, code and reason', async () => {
  await post('/v1/models/made/predict', { instances })
  await post('/v1/models/made:predict', { instances })
  await post('/v1/models/made/versions/2/predict', { instances })
  await post('/v1/models/made/predict', { instances: [{ a: 'one', job: 'x' }] })
  await post('/v1/models/made:predict', { instances: [{ a: 'one', job: 'x' }] })
  await until(async () => (await requests('1', 400, 'instances-invalid')) === 1)
  assert.equal(await requests('1', 200, 'ok'), 2)
  assert.equal(await requests('2', 200, 'ok'), 1)
  assert.equal(await requests('1', 422, 'instances-invalid'), 1)
})

test('names that nobody has published make no series of their own', async () => {
  for (const name of ['nobody', 'nothing']) await post(`/v1/models/${name}/predict`, { instances })
  await until(async () => (await requests('other', 404, 'not-found', 'other')) === 2)
  assert.ok(!(await lines()).some((line) => line.includes('model="nobody"')))
})

test('queue, computation and batches are timed by version', async () => {
  const of = (name: string) => value(`flywheel_predict_${name}{model="made",version="1"}`)
  const [rows, count] = [await of('batch_rows_sum'), await of('batch_rows_count')]
  await post('/v1/models/made/predict', { instances })
  assert.equal(await of('batch_rows_sum'), rows + 2)
  assert.equal(await of('batch_rows_count'), count + 1)
  assert.equal(await of('queue_seconds_count'), count + 1)
  assert.equal(await of('compute_seconds_count'), count + 1)
  assert.ok((await of('compute_seconds_sum')) > 0)
})

test('so many versions have series of their own; those that come later share one', async () => {
  const answer = { queueMs: 1, delayMs: 0, computeMs: 1, batchRows: 1, lines: [] }
  for (let version = 1; version <= 300; version++) {
    app.predictionMetrics.observe({ model: 'many', version }, answer)
  }
  const counts = (await lines()).filter((line) => line.startsWith('flywheel_predict_batch_rows_count'))
  assert.equal(counts.length, 201)
  const others = await value('flywheel_predict_batch_rows_count{model="other",version="other"}')
  assert.equal(others, 300 - (200 - 2))
})
