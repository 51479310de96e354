import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registryLookup } from '../../src/registry/lookup.js'
import { startService } from '../support/service.js'

const jobTypes = new URL('../fixtures/interrupted/', import.meta.url)
const service = await startService({ jobTypes })
const { request } = service

/** So many probabilities that a few thousand rows are worth a checkpoint. */
const CLASSES = 200
const ROWS = 16_000
const x = (row: number) => (row * 37) % 211

async function upload(name: string, rows: readonly object[]): Promise<void> {
  const { status, text } = await request.post('/v1/datasets').send({ name, rows })
  assert.equal(status, 201, text)
}
async function succeeded(job: object): Promise<string> {
  const id = await service.submit(job)
  const { state, error } = await service.ended(id)
  assert.equal(state, 'succeeded', JSON.stringify(error))
  return id
}
const learnt = Array.from({ length: 5 * CLASSES }, (_, row) => ({ x: x(row), kind: `k${row % CLASSES}` }))
await upload('learnt', learnt)
await upload(
  'asked',
  Array.from({ length: ROWS }, (_, row) => ({ x: row % 1_000 === 7 ? null : x(row) })),
)
await succeeded({
  type: 'train',
  model: 'kinds',
  dataset: 'learnt',
  target: 'kind',
  transforms: [],
  training: { epochs: 1 },
})

async function answered(name: string) {
  const id = await succeeded({ type: 'predict', model: 'kinds', dataset: 'asked', name })
  const { parts } = await registryLookup({ ...service.app, db: service.app.database.db }).dataset(name)
  const { report } = (await request.get(`/v1/datasets/${name}`)).body
  const { data } = await service.event(id, (each) => each.event === 'log' && 'blocks' in each.data)
  return { id, parts, report, blocks: Number(data.blocks) }
}

test('a trainer that is killed leaves its answers to the next one, and the dataset is the same bit for bit', async () => {
  const whole = await answered('whole')
  const killed = await answered('killed')
  assert.equal(killed.parts[0]?.sha256, whole.parts[0]?.sha256)
  assert.deepEqual(killed.report, whole.report)
  assert.equal(whole.report.errors.length, ROWS / 1_000, 'rows without an answer are told')
  assert.equal(whole.blocks, Math.ceil(ROWS / 2_048))
  assert.ok(killed.blocks < whole.blocks, `${killed.blocks} of ${whole.blocks} blocks were answered again`)
})
