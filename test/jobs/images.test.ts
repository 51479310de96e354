import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { resolveTrain } from '../../src/jobs/train/resolve.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { fromRows } from '../support/csv-table.js'
import { drawnLines, lineImages } from '../support/image-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, trainOn } from '../support/train.js'

const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
const lines = await lineImages(120)
const pixels = fromRows(
  'pixels',
  [...Array.from({ length: 64 }, (_, at) => `p${at}`), 'label', 'size'],
  drawnLines(120).map((row, index) => [
    ...Array.from(row, String),
    index % 2 === 0 ? 'across' : 'down',
    'same',
  ]),
)
const small = { filters: [8], denseUnits: [16] }
const training = { epochs: 15, batchSize: 16 }

const resolved = (data: typeof lines, request: Partial<TrainRequest>) =>
  resolveTrain(
    { type: 'train', model: 'm', dataset: data.snapshot.name, target: 'label', ...request },
    registryOf(data),
  )

test('images are learnt from by a convolutional network, and what stands beside them is left out', async () => {
  const { specification, plan, report } = await trainOn(
    lines,
    { target: 'label', hyperparameters: small, training },
    { artifacts },
  )
  assert.equal(specification.task, 'image-classification')
  assert.match(plan.reasons.task ?? '', /told by the image image/)
  assert.equal(specification.family, 'cnn')
  assert.deepEqual(specification.features, ['image'])
  assert.deepEqual(plan.warnings.map(({ code, detail }) => [code, detail.replace(/^.*: /, '')]).slice(0, 1), [
    ['beside-image', 'file'],
  ])
  assert.ok((report.evaluation.metrics.accuracy ?? 0) >= 0.9, `${report.evaluation.metrics.accuracy}`)
  assert.equal(report.task, 'image-classification')
})

test('pixels in columns are learnt from as images, constant ones too', async () => {
  const { specification, plan, report } = await trainOn(
    pixels,
    { target: 'label', task: 'image-classification', hyperparameters: small, training },
    { artifacts },
  )
  assert.equal(specification.family, 'cnn')
  assert.equal(specification.features.length, 64)
  assert.deepEqual(
    specification.transforms.map(({ name, options }) => [name, options?.divideBy]),
    [['scale', 255]],
  )
  assert.deepEqual(plan.warnings.map(({ code }) => code).slice(0, 1), ['beside-image'])
  assert.ok((report.evaluation.metrics.accuracy ?? 0) >= 0.9, `${report.evaluation.metrics.accuracy}`)
})

test('a linear model has a weight for each pixel, of an image or of one in columns', async () => {
  const asked = { target: 'label', family: 'linear', training }
  for (const { data, more } of [
    { data: lines, more: {} },
    { data: pixels, more: { task: 'image-classification', inputShape: [8, 8, 1] } },
  ]) {
    const { plan, report } = await trainOn(data, { ...asked, ...more }, { artifacts })
    assert.deepEqual([plan.parameters, report.training.parameters], [65 * 2, 65 * 2])
    assert.equal(report.task, 'image-classification')
  }
})

describe('the plan of a job over images', () => {
  test('takes another family and steps of the job’s own', async () => {
    const transforms = [
      { name: 'image', columns: 'image', options: { width: 32, height: 32, channels: 'rgb' } },
    ]
    const { specification, plan } = await resolved(lines, { family: 'resnet', transforms })
    assert.equal(specification.family, 'resnet')
    const small = await resolved(lines, { family: 'resnet' })
    assert.ok(plan.memoryBytes > small.plan.memoryBytes)
  })

  test('refuses families for other rows, and columns beside an image', async () => {
    await assert.rejects(
      () => resolved(lines, { family: 'mlp' }),
      /family: expected a family for image-classification/,
    )
    await assert.rejects(
      () => resolved(lines, { features: ['image', 'file'] }),
      /features\.file: expected a column that is numeric|no column beside image/,
    )
    await assert.rejects(() => resolved(lines, { inputShape: [4, 16, 1] }), /inputShape/)
    await assert.rejects(
      () => resolved(lines, { target: 'image' }),
      /target: expected a column of single values/,
    )
  })

  test('says of rows without an image what to do', async () => {
    const columns = lines.snapshot.columns.map((column) =>
      column.name === 'image' ? { ...column, missing: 3 } : column,
    )
    const gappy = { ...lines, snapshot: { ...lines.snapshot, columns } }
    await assert.rejects(() => resolved(gappy, {}), /missing values.*image/)
  })
})
