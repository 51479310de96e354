import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readStored } from '../../src/contracts/stored-blob.js'
import type { Table } from '../../src/contracts/table.js'
import { copyRows } from '../../src/datasets/select-rows.js'
import { servedHead } from '../../src/evaluation/calibration/served-head.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { openExecutor } from '../../src/serving/predictor/open-executor.js'
import { unpackTensors } from '../../src/training/weights.js'
import { compressOn } from '../support/compress.js'
import { fromRows } from '../support/csv-table.js'
import { operationsOf } from '../support/onnx-operations.js'
import { exportedVersion } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'
import { asFeedback, openVersion, updateOn } from '../support/update.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const width = 24
const names = Array.from({ length: width }, (_, at) => `t${at}`)

/** Which of three waves a row is, under noise. */
const waves = (rows: number, { from = 0, raised = 0 } = {}) =>
  fromRows(
    'waves',
    [...names, 'wave'],
    Array.from({ length: rows }, (_, index) => {
      const row = index + from
      const wave = row % 3
      const values = names.map(
        (_, at) => raised + Math.sin((at * (wave + 1)) / 3 + row) + Math.sin(row * at * at) / 2,
      )
      return [...values.map((value) => value.toFixed(4)), ['slow', 'middle', 'fast'][wave] as string]
    }),
  )
const data = waves(600)
const { output: parent } = await trainOn(
  data,
  { target: 'wave', hyperparameters: { hiddenUnits: [96, 96] }, training: { epochs: 12 } },
  { artifacts },
)
const made = await compressOn(data, { method: 'int8', accept: { maxDrop: 0.02 } }, { artifacts, parent })
const { manifest, report, compression } = made

async function answers(
  output: typeof parent,
  table: Table = copyRows(
    data.table,
    Int32Array.from({ length: 40 }, (_, i) => i),
  ),
) {
  const model = await openVersion(output, artifacts)
  try {
    return await model.answer(table)
  } finally {
    model.dispose()
  }
}
const apart = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.max(...Array.from(one, (value, at) => Math.abs(value - (other[at] as number))))

test('int8: a quarter of the bytes, weights and ONNX form, and answers close to the parent’s', async () => {
  const { onnx, weights, optimizer } = manifest
  assert.ok(onnx && 'sha256' in onnx)
  assert.deepEqual(onnx.int8?.mode, 'static')
  assert.equal(optimizer, null)
  assert.deepEqual(
    weights?.tensors.map(({ dtype, scales }) => [dtype, scales]),
    [96, 96, 3].flatMap((channels) => [
      ['int8', channels],
      ['float32', undefined],
    ]),
  )
  assert.ok(compression.servedBytes.times > 3, JSON.stringify(compression.servedBytes))
  assert.ok(compression.sizeBytes.times > 3.5, JSON.stringify(compression.sizeBytes))
  const difference = apart(await answers(parent), await answers(made.output))
  assert.ok(difference > 0 && difference < 0.05, `probabilities differ by ${difference}`)
  assert.ok(onnx.largestDifference > 0 && onnx.largestDifference < 0.05)
})

test('what is reported, calibrated and evaluated is the form with integers, not the weights', async () => {
  const { weights: _, ...alone } = manifest
  const { sha256 } = await artifacts.put(Buffer.from(JSON.stringify({ ...alone, weights: null })))
  const version = { ...(made.output.version as NonNullable<typeof parent.version>), sha256 }
  assert.equal(apart(await answers(made.output), await answers({ ...made.output, version })), 0)
  assert.equal(compression.metrics.accuracy?.child, report.evaluation.metrics.accuracy)
  assert.ok(manifest.calibration && manifest.calibration.rows === report.split.validation)
  const { classes } = manifest.task.state as { classes: string[] }
  const outputs = await answers(made.output, data.table)
  // Conformal scores are 1 − the right class's probability, as it is served.
  const served = Array.from({ length: data.table.rows }, (_, row) => {
    const right = classes.indexOf(['slow', 'middle', 'fast'][row % 3] as string)
    return 1 - (outputs[3 * row + right] as number)
  })
  for (const score of manifest.calibration.scores) {
    assert.ok(Math.min(...served.map((each) => Math.abs(each - score))) < 1e-6, `${score}`)
  }
})

test('with a GPU too, what answers is the form with integers', async () => {
  const { families, tasks } = await loadCatalogue()
  const { family, task } = manifest
  const executor = await openExecutor({
    manifest,
    family: families.get(family.name) ?? assert.fail(),
    head: servedHead(tasks.get(task.name) ?? assert.fail(), manifest),
    artifacts,
    tensorflow: () => assert.fail('nothing needs it'),
    hasGpu: true,
  })
  executor.dispose()
  assert.deepEqual(executor.choice, { name: 'onnx', reason: 'its ONNX form computes with 8-bit integers' })
})

test('the report has the memory of both, and what was done', () => {
  const { memoryBytes, details, accept } = compression
  assert.ok(memoryBytes.parent > 0 && memoryBytes.child > 0)
  assert.deepEqual(details.layers, { computed: { MatMul: 3 }, stored: {} })
  assert.ok((details.calibrationRows as number) >= 100)
  assert.equal(accept?.accepted, true)
})

test('an ONNX export holds the integers, other formats the weights as float32, and say so', async () => {
  const { sha256 } = made
  const exported = (format: string) => exportedVersion(artifacts, { sha256, format, folder })
  const onnx = await exported('onnx')
  assert.ok(onnx.verified.largestDifference < 1e-5)
  const operations = operationsOf(readFileSync(join(onnx.unpacked, 'model.onnx')))
  assert.equal(operations.filter((op) => op === 'QuantizeLinear').length, 3)
  const { verified, unpacked } = await exported('safetensors')
  assert.ok(verified.largestDifference < 1e-5, `${verified.largestDifference}`)
  const readme = readFileSync(join(unpacked, 'README.md'), 'utf8')
  assert.match(readme, /weights as float32\. Flywheel itself computes with 8-bit integers/)
})

test('an update learns on from integers, is judged against what it serves, and is float32', async () => {
  // The champion has seen none that stand so high.
  const more = waves(300, { from: 1_000, raised: 4 })
  const labels = asFeedback(more.table, { rows: Array.from({ length: 300 }, (_, i) => i), target: 'wave' })
  const update = await updateOn(data, labels, { artifacts, champion: made.output })
  const { decision, champion, holdoutRows } = update.result as unknown as {
    decision: string
    champion: { holdout: { right: number } }
    holdoutRows: number
  }
  assert.equal(decision, 'promoted', JSON.stringify(update.result))
  assert.ok(champion.holdout.right <= holdoutRows)
  const { sha256 = '' } = update.version ?? {}
  const { onnx, weights } = JSON.parse((await artifacts.read(sha256)).toString()) as typeof manifest
  assert.ok(onnx && 'sha256' in onnx && onnx.int8 === undefined)
  assert.ok(weights?.tensors.every(({ dtype }) => dtype === 'float32'))
})

test('ranges of each row, one scale for a layer, and 7 bits are asked for by options', async (t) => {
  const options = { mode: 'dynamic', perChannel: false, reduceRange: 'always' }
  const asked = { method: 'int8', options, accept: { maxDrop: 0.5, minSpeedup: 3 } }
  const dynamic = await compressOn(data, asked, { artifacts, parent })
  const { onnx, weights } = dynamic.manifest
  assert.ok(onnx && 'sha256' in onnx && weights)
  assert.deepEqual(onnx.int8, { mode: 'dynamic', reducedRange: true })
  assert.ok(weights.tensors.every(({ dtype, scales }) => (dtype === 'int8' ? scales === 1 : true)))
  const kernels = unpackTensors({ tensors: weights.tensors, bytes: await readStored(artifacts, weights) })
  for (const { name, values } of kernels.filter(({ shape }) => shape.length > 1)) {
    const steps = new Set(values.map((value) => Math.abs(value)))
    assert.ok(steps.size <= 65, `${name} has ${steps.size} magnitudes`)
  }
  const operations = operationsOf(await readStored(artifacts, onnx))
  assert.equal(operations.filter((op) => op === 'QuantizeLinear').length, 3)
  assert.ok(apart(await answers(parent), await answers(dynamic.output)) < 0.1)

  await t.test('which on so small a network is no faster: the report says so, and refuses', () => {
    assert.equal(dynamic.compression.accept?.accepted, false)
    assert.match(dynamic.report.deploy.reason, /^refused: .*times as fast .*, where 3 are asked/)
    assert.equal(dynamic.report.deploy.move, false)
  })
})

test('static ranges of too few rows are refused, and ranges of each row are not', async () => {
  const few = waves(110)
  const { output } = await trainOn(few, { target: 'wave', training: { epochs: 2 } }, { artifacts })
  await assert.rejects(compressOn(few, { method: 'int8' }, { artifacts, parent: output }), {
    code: 'specification-invalid',
    message: /options\.mode: expected dynamic for a version of \d\d training rows/,
  })
  const options = { mode: 'dynamic' }
  const { manifest: child } = await compressOn(
    few,
    { method: 'int8', options },
    { artifacts, parent: output },
  )
  assert.ok(child.onnx && 'int8' in child.onnx)
})
