import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column, NumericColumn } from '../../src/contracts/table.js'
import { readBlocks } from '../../src/datasets/read-blocks.js'
import { readTable } from '../../src/datasets/read-table.js'
import { registryLookup } from '../../src/registry/lookup.js'
import { type JobAnswer, startService } from '../support/service.js'

const service = await startService({ jobTypes: null })
const { request } = service

/** More than one block of rows, in two parts; every ninth lacks its width. */
const ROWS = 5_000
const rowOf = (index: number) => ({
  name: `flower ${index}`,
  width: index % 9 === 4 ? null : Math.sin(index) + (index % 2) * 3,
  Width: index,
  colour: ['red', 'blue', null][index % 3],
  kind: index % 2 ? 'rose' : 'tulip',
})
const rows = Array.from({ length: ROWS }, (_, index) => rowOf(index))

for (const [path, some] of [
  ['/v1/datasets', rows.slice(0, 3_000)],
  ['/v1/datasets/garden/rows', rows.slice(3_000)],
] as const) {
  const { status, text } = await request
    .post(path)
    .send({ rows: some, ...(path === '/v1/datasets' && { name: 'garden' }) })
  assert.equal(status, 201, text)
}
const common = { type: 'train', dataset: 'garden', training: { epochs: 2, validationSplit: 0.2 } }
for (const [model, target, more] of [
  ['flowers', 'kind', { features: ['width', 'colour'] }],
  ['widths', 'Width', { features: ['width', 'colour'] }],
] as const) {
  const trained = await service.ended(await service.submit({ ...common, model, target, ...more }))
  assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))
}

const answered = async (body: object): Promise<JobAnswer> =>
  service.ended(await service.submit({ type: 'predict', dataset: 'garden', ...body }))

const firstRows = async (name: string, limit = 200): Promise<Record<string, unknown>[]> =>
  (await request.get(`/v1/datasets/${name}/rows?limit=${limit}`)).body.rows

test('every row is answered as predict answers it, and the answers are a dataset', async () => {
  const job = await answered({ model: 'flowers', name: 'flowers-answered', conformal: 0.9 })
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  assert.deepEqual(job.result, {
    model: 'flowers@1',
    dataset: 'garden@2',
    rows: ROWS,
    unanswered: 0,
    executor: { name: 'onnx', reason: 'it has an ONNX form, and TensorFlow has no GPU to use' },
    output: { dataset: 'flowers-answered', version: 1 },
  })
  const { body: dataset } = await request.get('/v1/datasets/flowers-answered')
  assert.equal(dataset.rows, ROWS)
  assert.deepEqual(dataset.report.predictedBy, { model: 'flowers@1', dataset: 'garden@2' })
  const types = dataset.columns.map(({ name, type }: { name: string; type: string }) => [name, type])
  assert.deepEqual(types.slice(5), [
    ['predicted_label', 'category'],
    ['predicted_probability_rose', 'number'],
    ['predicted_probability_tulip', 'number'],
    ['predicted_set', 'list'],
  ])
  const { body: source } = await request.get('/v1/datasets/garden')
  assert.deepEqual(dataset.columns.slice(0, 5), source.columns)
  const shown = await firstRows('flowers-answered')
  const { body } = await request
    .post('/v1/models/flowers/predict?conformal=0.9')
    .send({ instances: rows.slice(0, 200) })
  for (const [index, row] of shown.entries()) {
    const { predicted_label: label, predicted_set: set, ...rest } = row
    const own = body.predictions[index]
    assert.deepEqual([rest.name, rest.Width], [`flower ${index}`, index])
    assert.deepEqual([label, JSON.parse(String(set))], [own.label, own.set])
    for (const kind of ['rose', 'tulip']) {
      const difference = Number(rest[`predicted_probability_${kind}`]) - own.probabilities[kind]
      assert.ok(Math.abs(difference) < 1e-6, `row ${index}: ${difference}`)
    }
  }
})

test('rows of all blocks and parts stand beside their own answers', async () => {
  const job = await answered({
    model: 'flowers@1',
    name: 'labels',
    columns: ['Width', 'kind'],
    probabilities: 'none',
    prefix: '',
  })
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  const { app } = service
  const lookup = registryLookup({ ...app, db: app.database.db })
  const snapshot = await lookup.dataset('labels')
  assert.deepEqual(
    snapshot.columns.map(({ name }) => name),
    ['Width', 'kind', 'label'],
  )
  const { columns } = await readTable({ snapshot, path: (sha256) => app.artifacts.path(sha256) })
  const [numbers, kinds, labels] = columns.map((column) =>
    Array.from({ length: ROWS }, (_, row) => cell(column, row)),
  )
  const { body } = await request.post('/v1/models/flowers/predict').send({ instances: rows })
  assert.deepEqual(
    numbers,
    rows.map(({ Width }) => Width),
  )
  assert.deepEqual(
    kinds,
    rows.map(({ kind }) => kind),
  )
  assert.deepEqual(
    labels,
    body.predictions.map(({ label }: { label: string }) => label),
  )
})

const cell = (column: Column, row: number) =>
  column.kind === 'text' ? column.dictionary[column.codes[row] ?? -1] : (column as NumericColumn).values[row]

test('a regression answers values and intervals; answers may stand alone; the next job makes the next version', async () => {
  const body = { model: 'widths', name: 'values', columns: 'none', conformal: 0.5 }
  for (const version of [1, 2]) {
    const job = await answered(body)
    assert.deepEqual(job.result?.output, { dataset: 'values', version }, JSON.stringify(job.error))
  }
  const { body: predicted } = await request
    .post('/v1/models/widths/predict?conformal=0.5')
    .send({ instances: rows.slice(0, 20) })
  for (const [index, row] of (await firstRows('values', 20)).entries()) {
    const { value, interval } = predicted.predictions[index]
    const given = [row.predicted_value, row.predicted_lower, row.predicted_upper] as number[]
    for (const [at, expected] of [value, interval.lower, interval.upper].entries()) {
      assert.ok(Math.abs((given[at] as number) - expected) < 1e-6 * Math.max(1, Math.abs(expected)))
    }
    assert.equal(Object.keys(row).length, 3)
  }
})

test('blocks are read from any row on', async () => {
  const { artifacts, database, signer } = service.app
  const snapshot = await registryLookup({ db: database.db, artifacts, signer }).dataset('garden')
  const read: number[] = []
  const asked = { snapshot, columns: ['Width'], path: artifacts.path, after: 2_500 }
  await readBlocks(asked, async ({ from, table: { rows: count, columns } }) => {
    assert.equal(from, 2_500 + read.length)
    read.push(...Array.from({ length: count }, (_, row) => Number(cell(columns[0] as Column, row))))
  })
  assert.deepEqual(
    read,
    rows.slice(2_500).map(({ Width }) => Width),
  )
})

test('answers can be removed as every dataset', async () => {
  assert.equal((await request.delete('/v1/datasets/values')).status, 200)
  assert.equal((await request.get('/v1/datasets/values')).status, 404)
})

for (const [what, body, path] of [
  ['the name of the dataset itself', { name: 'garden' }, 'name'],
  ['columns that are not there', { columns: ['height'] }, 'columns'],
  ['names that stand there already', { dataset: 'flowers-answered' }, 'prefix'],
] as const) {
  test(`a job is refused for ${what}`, async () => {
    const answer = await request
      .post('/v1/jobs?dryRun=true')
      .send({ type: 'predict', model: 'flowers', dataset: 'garden', name: 'other', ...body })
    assert.equal(answer.status, 422, answer.text)
    assert.equal(answer.body.errors[0].path, path)
  })
}

test('a dataset without the columns of the model ends the job, with their names', async () => {
  const { status } = await request
    .post('/v1/datasets')
    .send({ name: 'plain', rows: [{ width: 1 }, { width: 2 }] })
  assert.equal(status, 201)
  const job = await answered({ model: 'flowers', dataset: 'plain', name: 'other' })
  assert.equal(job.state, 'failed')
  assert.equal(job.error?.code, 'specification-invalid')
  assert.match(String(job.error?.detail), /there is no colour/)
  assert.equal((await request.get('/v1/datasets/other')).status, 404)
})
