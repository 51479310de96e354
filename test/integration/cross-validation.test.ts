import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Report } from '../../src/evaluation/report.js'
import { testData } from '../support/csv-table.js'
import { startService } from '../support/service.js'

const service = await startService({ jobTypes: null, env: { FLYWHEEL_WORKER_CONCURRENCY: '2' } })
const { request } = service

const upload = async (name: string, csv: string | Buffer): Promise<void> => {
  const answer = await request.post(`/v1/datasets?name=${name}`).type('text/csv').send(csv)
  assert.equal(answer.status, 201, answer.text)
}
const shared = (file: string) => upload(file, readFileSync(join(testData ?? '', `${file}.csv`)))

const crossValidation = { folds: 5 }
const train = (name: string, { target, ...more }: { target: string; [field: string]: unknown }) =>
  service.submit({
    type: 'train',
    model: name,
    dataset: name,
    target,
    evaluation: { crossValidation },
    ...more,
  })

async function trained(name: string, body: Parameters<typeof train>[1]) {
  const job = await service.ended(await train(name, body))
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const report: Report = (await request.get(`/v1/models/${name}/versions/1/report`)).body
  assert.ok(report.crossValidation)
  return { job, report, figures: report.crossValidation }
}
const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'

describe('cross-validation', { skip }, () => {
  it('scores five folds of iris at 0.95 accuracy or more, then trains the version', async () => {
    await shared('iris')
    const { job, figures } = await trained('iris', { target: 'species' })
    const { mean, interval, values } = figures.metrics.accuracy ?? assert.fail()
    assert.ok((mean ?? 0) >= 0.95, `${mean}`)
    assert.equal(values.length, 5)
    assert.ok(interval && interval[0] < (mean ?? 0) && interval[1] > (mean ?? 1))
    assert.deepEqual(
      figures.folds.map(({ rows }) => rows),
      [30, 30, 30, 30, 30],
    )
    const inShort = job.result?.crossValidation as { metrics: Record<string, unknown> } | undefined
    assert.deepEqual(inShort?.metrics.accuracy, { mean, interval })
    assert.equal(job.result?.version, 1)
  })

  it('gives each row’s answer by the fold that has not learnt from it', async () => {
    const answer = await fetch(`${service.url}/v1/models/iris/versions/1/out-of-fold`)
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ row }) => row),
      Array.from({ length: 150 }, (_, index) => index + 1),
    )
    assert.equal(lines[0].target, 'setosa')
    assert.deepEqual(Object.keys(lines[0].probabilities).length, 3)
    const right = lines.filter(({ label, target }) => label === target).length
    const report: Report = (await request.get('/v1/models/iris/versions/1/report')).body
    assert.equal(report.crossValidation?.outOfFold.metrics.accuracy, right / 150)
  })

  it('scores five folds of breast cancer at 0.965 accuracy and 0.99 AUC or more', async () => {
    await shared('breast-cancer')
    const { figures } = await trained('breast-cancer', { target: 'diagnosis' })
    assert.ok((figures.metrics.accuracy?.mean ?? 0) >= 0.965, `${figures.metrics.accuracy?.mean}`)
    assert.ok((figures.metrics['roc-auc']?.mean ?? 0) >= 0.99, `${figures.metrics['roc-auc']?.mean}`)
  })

  it('scores five folds of diabetes at an RMSE of 57 or less', async () => {
    await shared('diabetes')
    const { figures } = await trained('diabetes', { target: 'progression' })
    assert.ok((figures.metrics.rmse?.mean ?? 99) <= 57, `${figures.metrics.rmse?.mean}`)
  })
})

describe('data that is too small', () => {
  const refusal = async (name: string, body: object) => {
    const answer = await request
      .post('/v1/jobs')
      .send({ type: 'train', model: name, dataset: name, target: 'y', ...body })
    return [answer.status, answer.body.errors?.[0]?.path, answer.body.errors?.[0]?.expected]
  }
  const path = 'evaluation.crossValidation.folds'

  it('of two rows is refused with the most folds that there could be', async () => {
    await upload('two-rows', 'x,y\n1,2.5\n2,3.5\n')
    const answer = await refusal('two-rows', { evaluation: { crossValidation: { folds: 2 } } })
    assert.deepEqual(answer.slice(0, 2), [422, path])
  })

  it('of one column or one class is refused', async () => {
    await upload('one-column', 'y\n1\n2\n3\n4\n')
    await upload('one-class', 'x,y\n1,a\n2,a\n3,a\n4,a\n5,a\n')
    assert.deepEqual((await refusal('one-column', { evaluation: { crossValidation } })).slice(0, 2), [
      422,
      'features',
    ])
    assert.deepEqual((await refusal('one-class', { evaluation: { crossValidation } })).slice(0, 2), [
      422,
      'target',
    ])
  })

  it('with fewer rows of a class than folds is refused', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row},${row < 37 ? 'a' : 'b'}`)
    await upload('rare', `x,y\n${rows.join('\n')}\n`)
    const answer = await refusal('rare', { evaluation: { crossValidation } })
    assert.deepEqual(answer, [422, path, 'at most 3, the rows of the smallest class'])
  })

  it('of a handful of rows is cross-validated', async () => {
    await upload('handful', 'x,y\n1,2.5\n2,3.5\n3,4.25\n4,5.5\n5,6.5\n')
    const { figures } = await trained('handful', {
      target: 'y',
      evaluation: { testSplit: 0, crossValidation: { folds: 5 } },
    })
    assert.equal(figures.outOfFold.rows, 5)
    assert.equal(figures.metrics.r2?.mean, null)
  })

  it('of a column with parts is split by it, and dealt out to the folds that another column names', async () => {
    const parts = ['train', 'train', 'test', 'validation']
    const rows = Array.from(
      { length: 60 },
      (_, row) => `${Math.sin(row)},${parts[row % 4]},${row % 2},${row}.5`,
    )
    await upload('parted', `x,part,fold,y\n${rows.join('\n')}\n`)
    const crossValidation = { folds: 2, split: { by: 'column', column: 'fold' } }
    const evaluation = { split: { by: 'column', column: 'part' }, crossValidation }
    const { report, figures } = await trained('parted', { target: 'y', training: { epochs: 2 }, evaluation })
    const { by, column, training, validation, test } = report.split
    assert.deepEqual([by, column, training, validation, test], ['column', 'part', 30, 15, 15])
    assert.deepEqual(figures.split, crossValidation.split)
    assert.deepEqual(
      figures.folds.map(({ rows: heldOut }) => heldOut),
      [30, 30],
    )
    const { body } = await request.get('/v1/models/parted/versions/1')
    assert.deepEqual(body.signature.inputs, [{ name: 'x', type: 'number' }])
  })

  it('of groups or times is split by them', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => `${Math.sin(row)},${row},g${row % 6},${row % 7}.5`)
    await upload('grouped', `x,time,group,y\n${rows.join('\n')}\n`)
    const group = await trained('grouped', {
      target: 'y',
      training: { epochs: 2 },
      evaluation: { crossValidation: { folds: 3 }, split: { by: 'group', column: 'group' } },
    })
    assert.deepEqual(group.figures.split, { by: 'group', column: 'group' })
    assert.equal(group.figures.outOfFold.rows, 60)
    const job = await service.submit({
      type: 'train',
      model: 'timed',
      dataset: 'grouped',
      target: 'y',
      training: { epochs: 2 },
      evaluation: { crossValidation: { folds: 3 }, split: { by: 'time', column: 'time' } },
    })
    assert.equal((await service.ended(job)).state, 'succeeded')
    const { body } = await request.get('/v1/models/timed/versions/1/report')
    // The oldest quarter is only learnt from.
    assert.equal(body.crossValidation.outOfFold.rows, 45)
  })
})
