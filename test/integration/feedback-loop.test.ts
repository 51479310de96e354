import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService, until } from '../support/service.js'

const service = await startService({ jobTypes: null, env: { FLYWHEEL_DEVICE: 'cpu' } })
const { request } = service

/** Rows whose kind a few of them do not show: a spiral in a fixed order. */
function row(index: number) {
  const turn = (index * 2.399963) % (2 * Math.PI)
  const distance = Math.sqrt(((index * 7919) % 1_000) / 1_000) * 2
  const [x, y] = [distance * Math.cos(turn), distance * Math.sin(turn)]
  return { x, y, kind: distance < 0.8 ? 'in' : distance < 1.4 ? 'between' : 'out' }
}
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index))
const features = ({ x, y }: { x: number; y: number }) => ({ x, y })
const champion = async () => (await request.get('/v1/models/rings')).body.aliases.champion

test('the loop closes: upload, train, predict, label, and the model updates itself', async () => {
  const uploaded = await request.post('/v1/datasets').send({ name: 'rings', rows: rows(0, 200) })
  assert.equal(uploaded.status, 201, uploaded.text)
  const trained = await service.ended(
    await service.submit({
      type: 'train',
      model: 'rings',
      dataset: 'rings',
      target: 'kind',
      training: { epochs: 8, seed: 3, optimizer: { name: 'adam', learningRate: 0.005 } },
      update: { everyLabels: 400 },
    }),
  )
  assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))

  const instances = rows(1_000, 1_400)
  const answer = await request.post('/v1/models/rings/predict').send({ instances: instances.map(features) })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.body.predictions.length, 400)
  const items = instances.map(({ kind }, index) => ({
    predictionId: answer.body.predictions[index].id,
    label: kind,
  }))
  const stored = await request.post('/v1/models/rings/feedback').send(items)
  assert.deepEqual([stored.status, stored.body], [202, { accepted: 400, duplicates: 0 }])

  let update = null as null | { id: string; state: string }
  await until(async () => {
    const { body } = await request.get('/v1/jobs?type=update&model=rings')
    update = body.data[0] ?? null
    return update !== null && !['queued', 'running'].includes(update.state)
  })
  const { body: job } = await request.get(`/v1/jobs/${update?.id}`)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  assert.equal(job.result.decision, 'promoted', job.result.reason)
  assert.equal(await champion(), 2)
  assert.equal(job.result.deployed.moved, true)

  // Version 1 goes on answering until version 2 is warm.
  let after = answer.body
  await until(async () => {
    const answered = await request
      .post('/v1/models/rings/predict')
      .send({ instances: instances.map(features) })
    assert.equal(answered.status, 200, answered.text)
    after = answered.body
    return after.model.version === 2
  })
  const right = after.predictions.filter(
    (prediction: { label: string }, index: number) => prediction.label === instances[index]?.kind,
  )
  const before = answer.body.predictions.filter(
    (prediction: { label: string }, index: number) => prediction.label === instances[index]?.kind,
  )
  assert.ok(right.length > before.length, `${before.length} → ${right.length}`)
  const { body: version } = await request.get('/v1/models/rings/versions/2')
  assert.equal(version.parent, 1)
})

test('labels that were learnt are not learnt again, and only one update runs at a time', async () => {
  const none = await request.post('/v1/jobs').send({ type: 'update', model: 'rings' })
  assert.deepEqual([none.status, none.body.code], [422, 'specification-invalid'])
  const items = rows(2_000, 2_050).map((label) => ({ features: features(label), label: label.kind }))
  await request.post('/v1/models/rings/feedback').send(items)
  const [first, second] = await Promise.all([
    request.post('/v1/jobs').send({ type: 'update', model: 'rings' }),
    request.post('/v1/jobs').send({ type: 'update', model: 'rings' }),
  ])
  assert.deepEqual([first.status, second.status].sort(), [202, 409])
  const id = first.status === 202 ? first.body.id : second.body.id
  await request.post(`/v1/jobs/${id}/cancel`)
  assert.equal((await service.ended(id)).state, 'cancelled')
})

test('a version is packed and downloaded', async () => {
  const asked = await request.post('/v1/models/rings/versions/1/exports').send({ format: 'tfjs' })
  assert.equal(asked.status, 202, asked.text)
  const job = await service.ended(asked.body.id)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const archive = await fetch(`${service.url}${job.result?.download}`)
  const bytes = Buffer.from(await archive.arrayBuffer())
  assert.equal(archive.status, 200)
  assert.equal(archive.headers.get('content-type'), 'application/zip')
  assert.match(String(archive.headers.get('content-disposition')), /filename="rings-1-tfjs\.zip"/)
  assert.equal(bytes.length, job.result?.sizeBytes)
  assert.equal(bytes.toString('latin1', 0, 2), 'PK')
  const missing = await request.post('/v1/models/rings/versions/99/exports').send({ format: 'tfjs' })
  assert.equal(missing.status, 404)
  assert.equal((await request.get(`/v1/exports/${'0'.repeat(32)}`)).status, 404)
})
