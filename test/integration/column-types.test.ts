import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService } from '../support/service.js'

const { request, submit, ended } = await startService({ jobTypes: null })

/** Orders of two kinds, which dates, lists and vectors tell apart. */
const orders = Array.from({ length: 200 }, (_, row) => {
  const isLarge = row % 2 === 1
  return {
    code: `o-${row}-${(row * 7919) % 997}`,
    placed: new Date(Date.UTC(2024, isLarge ? 6 : 0, 1 + (row % 27))).toISOString().slice(0, 10),
    goods: isLarge ? ['bread', 'milk'] : row % 3 === 0 ? ['milk'] : ['milk', 'tea'],
    embedding: [Math.sin(row), isLarge ? 1.5 : -1.5, row % 5],
    kind: isLarge ? 'large' : 'small',
  }
})
const upload = (rows: readonly object[], types = {}) =>
  request.post('/v1/datasets').send({ name: 'orders', rows, types })

test('dates, lists, vectors and identifiers are stored, trained on, served and fed back', async () => {
  const gappy = orders.map((order, row) =>
    row % 50 === 7 ? { ...order, placed: null, goods: null, embedding: null } : order,
  )
  const { body } = await upload(gappy)
  assert.deepEqual(
    body.columns.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`),
    ['code identifier', 'placed date', 'goods list', 'embedding vector', 'kind category'],
  )
  const { body: first } = await request.get('/v1/datasets/orders/rows?limit=8')
  assert.deepEqual(first.rows[0], { ...orders[0], goods: '["milk"]' })
  assert.deepEqual([first.rows[7].placed, first.rows[7].embedding], [null, null])
  const profile = await request.get('/v1/datasets/orders/profile')
  assert.equal(profile.status, 200, profile.text)

  const train = {
    type: 'train',
    model: 'orders',
    dataset: 'orders',
    target: 'kind',
    training: { epochs: 30 },
  }
  const plan = await request.post('/v1/jobs?dryRun=true').send(train)
  assert.equal(plan.status, 200, plan.text)
  const done = await ended(await submit(train))
  assert.equal(done.state, 'succeeded', JSON.stringify(done.error))
  const { body: report } = await request.get('/v1/models/orders/versions/1/report')
  assert.ok(report.evaluation.metrics.accuracy >= 0.95, JSON.stringify(report.evaluation.metrics))

  const { kind: _, ...large } = orders[1] as (typeof orders)[number]
  const instances = [
    large,
    { ...large, goods: 'bread|milk', placed: '2024-07-02T10:00:00+02:00' },
    { code: 7, placed: null, goods: null, embedding: null },
  ]
  const answer = await request.post('/v1/models/orders/predict').send({ instances })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.body.predictions[0].label, 'large')
  const bad = { ...large, placed: '2024-02-30', embedding: [1, 2] }
  const refused = await request.post('/v1/models/orders/predict').send({ instances: [bad] })
  assert.deepEqual(
    refused.body.errors.map(({ path, expected }: { path: string; expected: string }) => [path, expected]),
    [
      ['instances[0].placed', 'a date as ISO 8601, or null'],
      ['instances[0].embedding', 'a list of 3 numbers or null'],
    ],
  )

  const predictionId = answer.body.predictions[0].id
  const labels = [
    { predictionId, label: 'large' },
    ...orders.slice(0, 40).map(({ kind, ...features }) => ({ features, label: kind })),
  ]
  const fed = await request.post('/v1/models/orders/feedback').send(labels)
  assert.equal(fed.status, 202, fed.text)
  const updated = await ended(await submit({ type: 'update', model: 'orders' }))
  assert.equal(updated.state, 'succeeded', JSON.stringify(updated.error))

  const more = await request.post('/v1/datasets/orders/rows').send({ rows: orders.slice(0, 2) })
  assert.equal(more.status, 201, more.text)
  assert.equal(more.body.columns[3].length, 3)
  const short = { ...orders[0], embedding: [1] }
  const wrong = await request.post('/v1/datasets/orders/rows').send({ rows: [short] })
  assert.deepEqual([wrong.status, wrong.body.errors[0].expected], [422, 'a list of 3 numbers'])
})
