import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { testData } from '../support/csv-table.js'
import { startService } from '../support/service.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
const SEEDS = [1, 2, 3]

test('movie reviews with all defaults, a tenth kept out: accuracy at least 0.77 over the API', {
  skip,
}, async (t) => {
  const service = await startService({ jobTypes: null, env: { FLYWHEEL_DEVICE: 'cpu' } })
  const { request } = service
  const csv = gunzipSync(readFileSync(join(testData as string, 'movie-reviews.csv.gz')))
  const uploaded = await request.post('/v1/datasets?name=reviews').type('text/csv').send(csv.toString())
  assert.equal(uploaded.status, 201, uploaded.text)
  assert.deepEqual(
    uploaded.body.columns.map(({ name, type }: { name: string; type: string }) => [name, type]),
    [
      ['text', 'text'],
      ['sentiment', 'category'],
    ],
  )

  const scores: number[] = []
  for (const seed of SEEDS) {
    const job = { type: 'train', model: `reviews-${seed}`, dataset: 'reviews', target: 'sentiment' }
    const parts = { training: { seed }, evaluation: { testSplit: 0.1, seed } }
    const { state, error } = await service.ended(await service.submit({ ...job, ...parts }))
    assert.equal(state, 'succeeded', JSON.stringify(error))
    const { body: report } = await request.get(`/v1/models/${job.model}/versions/1/report`)
    const { metrics, baseline } = report.evaluation
    const { training, secondsByStage } = report
    scores.push(metrics.accuracy)
    t.diagnostic(
      `seed ${seed}: accuracy ${metrics.accuracy.toFixed(4)} (trivial ${baseline.metrics.accuracy.toFixed(4)}), ` +
        `${training.epochs} epochs, ${training.parameters} parameters, ${training.executor}, ${JSON.stringify(secondsByStage)}`,
    )
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  t.diagnostic(`mean accuracy ${mean.toFixed(4)}`)
  assert.ok(mean >= 0.77, `mean accuracy ${mean}`)

  const instances = [
    { text: 'a touching , funny and beautifully acted film' },
    { text: 'a dull , lifeless mess with a boring plot' },
    { text: null },
  ]
  const { body, status } = await request.post('/v1/models/reviews-1/predict').send({ instances })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(
    body.predictions.slice(0, 2).map(({ label }: { label: string }) => label),
    ['positive', 'negative'],
  )
})
