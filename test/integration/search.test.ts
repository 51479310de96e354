import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/evaluation/report.js'
import type { SearchPart } from '../../src/jobs/trial/specification.js'
import { flushRedis } from '../support/faults.js'
import { type JobAnswer, startService } from '../support/service.js'

const service = await startService({ jobTypes: null, workers: 2 })
const { request } = service
const rows = Array.from({ length: 300 }, (_, row) => {
  const [a, b] = [Math.sin(row), Math.cos(row * 1.7)]
  return `${a.toFixed(4)},${b.toFixed(4)},${a * b > 0.05 ? 'yes' : 'no'}`
})
await request
  .post('/v1/datasets?name=product')
  .type('text/csv')
  .send(`a,b,y\n${rows.join('\n')}\n`)

const space = {
  'hyperparameters.hiddenUnits': { choice: [[4], [32], [64, 32]] },
  'training.optimizer.learningRate': { logUniform: [0.0005, 0.05] },
}
const search = (model: string, options: object) =>
  service.submit({
    type: 'search',
    model,
    dataset: 'product',
    target: 'y',
    training: { epochs: 20 },
    search: { space, trials: 4, parallel: 2, ...options },
  })
interface Found {
  readonly statement: string
  readonly trials: readonly Trial[]
}
const foundBy = ({ result }: JobAnswer): Found => (result?.search ?? assert.fail()) as Found
interface Trial {
  readonly name: string
  readonly state: string
  readonly value: number | null
}
const trialsOf = async (id: string) =>
  (await request.get(`/v1/jobs?parent=${id}`)).body.data as { id: string; state: string }[]

test('the best of the trials becomes a version, and the table says what was tried and whether it was worth it', async () => {
  const job = await service.ended(await search('best', {}))
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const { body: report }: { body: Report } = await request.get('/v1/models/best/versions/1/report')
  const found = report.search ?? assert.fail()
  assert.deepEqual(
    found.trials.map(({ name }) => name),
    ['default', 'linear', 'trial', 'trial', 'trial', 'trial'],
  )
  const values = found.trials.map(({ value }) => value ?? assert.fail())
  assert.equal(found.best, values.indexOf(Math.max(...values)))
  assert.equal(found.validation.best, Math.max(...values))
  assert.equal(found.validation.default, values[0])
  assert.equal(found.improved, found.best !== 0)
  assert.equal(found.test.best, report.evaluation.metrics.accuracy)
  assert.equal(found.test.rows, 60)
  assert.ok((found.trivial.value ?? 1) < Math.max(...values))
  const { statement, trials } = foundBy(job)
  assert.deepEqual([statement, trials.length], [found.statement, 6])
  const { deployed } = job.result ?? assert.fail()
  assert.equal((deployed as { moved: boolean }).moved, true)
})

test('the version answers as the trial did, and its page shows the trials', async () => {
  const answer = await request.post('/v1/models/best/predict').send({ instances: [{ a: 0.9, b: 0.9 }] })
  assert.equal(answer.status, 200, answer.text)
  const page = await request.get('/v1/models/best/versions/1/report').set('accept', 'text/html')
  assert.match(page.text, /<h2>Trials<\/h2>/)
  assert.match(page.text, /trivial/)
})

test('asha promotes, random draws, and both end', async () => {
  const jobs = await Promise.all([
    service.ended(await search('halved', { method: 'asha', trials: 3, minEpochs: 2 })),
    service.ended(await search('drawn', { method: 'random', trials: 2, metric: 'log-loss' })),
  ])
  assert.deepEqual(
    jobs.map(({ state }) => state),
    ['succeeded', 'succeeded'],
  )
  assert.ok(foundBy(jobs[0]).trials.length >= 6)
})

test('a search is cross-validated: in each fold it is repeated, and its choice answers rows that it has not seen', async () => {
  const folds = 2
  const id = await service.submit({
    type: 'search',
    model: 'nested',
    dataset: 'product',
    target: 'y',
    training: { epochs: 5 },
    evaluation: { crossValidation: { folds } },
    search: { space, trials: 1, parallel: 2 },
  })
  const job = await service.ended(id)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const { body: report }: { body: Report } = await request.get('/v1/models/nested/versions/1/report')
  assert.equal(report.search?.trials.length, 3)
  const nested = report.crossValidation ?? assert.fail()
  const trials: { id: string; result: { part: SearchPart; metrics: { accuracy: number } } }[] = (
    await request.get(`/v1/jobs?parent=${id}&limit=100`)
  ).body.data
  assert.equal(trials.length, 9)
  for (const { fold, job: chosen, rows, training, validation } of nested.folds) {
    const own = trials.filter(({ result }) => result.part.outer?.fold === fold)
    const accuracyOf = (trial: (typeof own)[number]) => trial.result.metrics.accuracy
    const best = own.find((trial) => trial.id === chosen) ?? assert.fail()
    assert.equal(accuracyOf(best), Math.max(...own.map(accuracyOf)))
    assert.equal(rows + training + validation, 300)
  }
  assert.equal(nested.folds.length, folds)
  assert.ok(nested.folds.every(({ chosen }) => chosen !== undefined))
  const text = (await request.get('/v1/models/nested/versions/1/out-of-fold').buffer(true)).text
  const lines = text.trim().split('\n')
  assert.equal(lines.length, 300)
  const right = lines.map((line) => JSON.parse(line)).filter(({ label, target }) => label === target).length
  assert.equal(nested.outOfFold.metrics.accuracy, right / 300)
  const page = await request.get('/v1/models/nested/versions/1/report').set('accept', 'text/html')
  assert.match(page.text, /In each fold the search was repeated/)
})

test('trials that have ended are not done again after a killed worker and an empty Redis', async () => {
  const id = await search('resumed', { trials: 6 })
  await service.event(id, ({ event, data }) => event === 'progress' && Number(data.step) >= 2)
  const before = (await trialsOf(id)).filter(({ state }) => state === 'succeeded')
  service.workers[0]?.kill('SIGKILL')
  await flushRedis(service)
  await service.startWorker()
  const job = await service.ended(id)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const after = await trialsOf(id)
  assert.equal(after.length, 8)
  for (const trial of before) {
    const { body } = await request.get(`/v1/jobs/${trial.id}/events`)
    const runs = body.data.filter(
      ({ event, data }: { event: string; data: { state: string } }) =>
        event === 'state' && data.state === 'running',
    )
    assert.equal(runs.length, 1)
  }
})

test('a search ends with what it has when its time is over', async () => {
  const job = await service.ended(await search('short', { trials: 1000, budgetSeconds: 6 }))
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const { trials } = foundBy(job)
  assert.ok(trials.length < 1000)
  assert.equal(trials[0]?.state, 'succeeded')
})
