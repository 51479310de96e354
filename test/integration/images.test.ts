import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zipOf } from '../datasets/images/archives.js'
import { lineImages } from '../support/image-table.js'
import { startService } from '../support/service.js'

const service = await startService({ jobTypes: null, env: { FLYWHEEL_DEVICE: 'cpu' } })
const { request } = service
const ROWS = 140
const TRAINED = 100

const { table } = await lineImages(ROWS)
const [column] = table.columns
const files = column?.kind === 'bytes' ? column.values.map((file) => Buffer.from(file ?? [])) : []
const labelOf = (row: number) => (row % 2 === 0 ? 'across' : 'down')
const instance = (row: number) => ({ image: (files[row] as Buffer).toString('base64') })

test('images are uploaded, learnt from with augmentation, answered, labelled, updated from and exported', async () => {
  const archive = zipOf(files.slice(0, TRAINED).map((bytes, row) => [`${labelOf(row)}/${row}.png`, bytes]))
  const uploaded = await fetch(`${service.url}/v1/datasets?name=lines`, {
    method: 'POST',
    headers: { 'content-type': 'application/zip' },
    body: archive,
  })
  assert.equal(uploaded.status, 201, await uploaded.text())
  const trained = await service.ended(
    await service.submit({
      type: 'train',
      model: 'lines',
      dataset: 'lines',
      target: 'label',
      hyperparameters: { filters: [8], denseUnits: [16] },
      training: {
        epochs: 12,
        batchSize: 16,
        augmentation: [{ name: 'flip', direction: 'both' }, { name: 'shift' }],
      },
    }),
  )
  assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))

  const rows = Array.from({ length: ROWS - TRAINED }, (_, index) => TRAINED + index)
  const instances = rows.map(instance)
  const { status, body, text } = await request.post('/v1/models/lines/predict').send({ instances })
  assert.equal(status, 200, text)
  const right = rows.filter((row, index) => body.predictions[index].label === labelOf(row))
  assert.ok(right.length >= 36, `${right.length} of ${rows.length}`)
  const alone = await request.post('/v1/models/lines/predict').send({ instances: [instances[7]] })
  assert.deepEqual(alone.body.predictions[0].label, body.predictions[7].label)

  const answers = await service.ended(
    await service.submit({ type: 'predict', model: 'lines', dataset: 'lines', name: 'lines-answered' }),
  )
  assert.equal(answers.state, 'succeeded', JSON.stringify(answers.error))
  const shown = await request.get('/v1/datasets/lines-answered/rows?limit=100')
  const learnt = shown.body.rows as { image: string; label: string; predicted_label: string }[]
  assert.ok(learnt.every(({ image }) => image.startsWith('data:image/')))
  assert.ok(learnt.filter(({ label, predicted_label }) => label === predicted_label).length >= 90)

  const cut = { image: (files[0] as Buffer).subarray(0, 60).toString('base64') }
  const refused = await request.post('/v1/models/lines/predict').send({ instances: [instances[0], cut] })
  assert.deepEqual([refused.status, refused.body.code], [422, 'instances-invalid'])
  assert.deepEqual(refused.body.errors[0].path, 'instances[1].image')

  const labels = rows.map((row, index) =>
    index % 2 === 0
      ? { predictionId: body.predictions[index].id, label: labelOf(row) }
      : { features: instance(row), label: labelOf(row) },
  )
  const fed = await request.post('/v1/models/lines/feedback').send(labels)
  assert.deepEqual([fed.status, fed.body], [202, { accepted: 40, duplicates: 0 }])
  const updated = await service.ended(await service.submit({ type: 'update', model: 'lines' }))
  assert.equal(updated.state, 'succeeded', JSON.stringify(updated.error))

  const asked = await request.post('/v1/models/lines/versions/1/exports').send({ format: 'tfjs' })
  const exported = await service.ended(asked.body.id)
  assert.equal(exported.state, 'succeeded', JSON.stringify(exported.error))

  const { body: report } = await request.get('/v1/models/lines/versions/1/report')
  assert.equal(report.task, 'image-classification')
  const evaluated = await service.ended(
    await service.submit({ type: 'evaluate', model: 'lines@1', dataset: 'lines' }),
  )
  assert.equal(evaluated.state, 'succeeded', JSON.stringify(evaluated.error))
})
