import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/evaluation/report.js'
import { startService } from '../support/service.js'

const service = await startService({ jobTypes: null, env: { FLYWHEEL_WORKER_CONCURRENCY: '2' } })
const { request } = service
const rows = Array.from({ length: 1200 }, (_, row) => {
  const [a, b] = [Math.sin(row * 1.3), Math.cos(row * 2.1)]
  return `${a.toFixed(4)},${b.toFixed(4)},${a * b > 0 ? 'yes' : 'no'}`
})
await request
  .post('/v1/datasets?name=product')
  .type('text/csv')
  .send(`a,b,y\n${rows.join('\n')}\n`)
const body = (evaluation: object) => ({
  type: 'train',
  model: 'product',
  dataset: 'product',
  target: 'y',
  training: { epochs: 15 },
  evaluation,
})

test('fewer rows are learnt from by jobs of their own, and the report says whether more would help', async () => {
  const id = await service.submit(body({ learningCurve: {}, crossValidation: { folds: 2 } }))
  const job = await service.ended(id)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const { body: report }: { body: Report } = await request.get('/v1/models/product/versions/1/report')
  const curve = report.learningCurve ?? assert.fail()
  assert.deepEqual(
    curve.points.map(({ share, rows }) => [share, rows]),
    [
      [0.1, 76],
      [0.25, 192],
      [0.5, 384],
      [1, 768],
    ],
  )
  assert.equal(curve.points[3]?.value, report.evaluation.metrics.accuracy)
  assert.ok((curve.points[3]?.value ?? 0) > (curve.points[0]?.value ?? 1))
  assert.deepEqual(job.result?.learningCurve, { verdict: curve.verdict, statement: curve.statement })
  assert.equal(report.crossValidation?.folds.length, 2)
  const { data } = (await request.get(`/v1/jobs?parent=${id}`)).body
  assert.equal(data.length, 5)
  const page = await request.get('/v1/models/product/versions/1/report').set('accept', 'text/html')
  assert.match(page.text, /<h2>Would more data help\?<\/h2><p>(More data|Whether)/)
  assert.match(page.text, /aria-label="accuracy by rows"/)
})

test('shares of a handful of rows, of all rows, and a job without test rows are refused', async () => {
  const refusals = [
    [{ learningCurve: { shares: [0.001, 0.5] } }, 'evaluation.learningCurve.shares[0]'],
    [{ learningCurve: { shares: [0.5, 1] } }, 'evaluation.learningCurve.shares[1]'],
    [{ learningCurve: {}, testSplit: 0 }, 'evaluation.learningCurve'],
  ] as const
  for (const [evaluation, path] of refusals) {
    const answer = await request.post('/v1/jobs').send(body(evaluation))
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.path], [422, path])
  }
})
