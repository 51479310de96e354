import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { fromRows } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))

/** In the south, which is no feature, labels hang on nothing. */
const data = fromRows(
  'visits',
  ['region', 'weight', 'ill'],
  Array.from({ length: 600 }, (_, row) => {
    const [isSouth, weight] = [row % 3 === 0, Math.sin(row * 12.9898)]
    const isIll = isSouth ? Math.sin(row * 78.233) > 0 : weight > 0
    return [isSouth ? 'south' : 'north', weight.toFixed(4), isIll ? 'yes' : 'no']
  }),
)
const request = { target: 'ill', features: ['weight'], training: { epochs: 30, deterministic: true } }
const sliced = await trainOn(data, { ...request, evaluation: { sliceBy: ['region'] } }, { artifacts })

test('a report is sliced by columns that are asked for, features or not', () => {
  const { slices, importance } = sliced.report
  assert.deepEqual(slices?.columns, ['region', 'weight'])
  const [north, south] = ['north', 'south'].map((value) => slices?.worst.find((each) => each.value === value))
  assert.ok(north && south)
  assert.equal(north.rows + south.rows, slices?.rows)
  assert.ok((north.metrics.accuracy ?? 0) > 0.9 && (south.metrics.accuracy ?? 1) < 0.7)
  assert.deepEqual(
    importance?.columns.map(({ column }) => column),
    ['weight'],
  )
})

test('the target, and what is no column, are refused with the list of what exists', async () => {
  for (const name of ['ill', 'colour']) {
    const evaluation = { sliceBy: ['weight', name] }
    await assert.rejects(trainOn(data, { ...request, evaluation }, { artifacts }), {
      code: 'specification-invalid',
      message: /evaluation\.sliceBy\[1\]: expected a column of single values .*: region, weight/,
    })
  }
})
