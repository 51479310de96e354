import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FlywheelError } from '../../src/contracts/errors.js'
import { runExport } from '../../src/jobs/export/run.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { conformalWriter } from '../../src/serving/conformal-answer.js'
import { loadModel } from '../../src/serving/predictor/load-model.js'
import { readServable } from '../../src/serving/servable.js'
import { fromRows } from '../support/csv-table.js'
import { uniform } from '../support/drawn-rows.js'
import { askPlainly, unpack } from '../support/plain-tfjs.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { runContext, trainOn } from '../support/train.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(join(folder, 'artifacts'))
const catalogue = await loadCatalogue()

/** Two classes that overlap, so that a network which learns them by heart is far too sure. */
const draw = uniform(11)
const overlapping = fromRows(
  'overlapping',
  ['a', 'b', 'city', 'kind'],
  Array.from({ length: 1200 }, () => {
    const [a, b] = [draw(), draw()]
    return [a.toFixed(4), b.toFixed(4), draw() < 0.3 ? 'Ulm' : 'Bonn', draw() < (a + b) / 2 ? 'yes' : 'no']
  }),
)
const training = {
  epochs: 40,
  validationSplit: 0.3,
  deterministic: true,
  optimizer: { name: 'adam', learningRate: 0.01 },
} as const
const costs = { falsePositive: 1, falseNegative: 6 }
const trained = await trainOn(
  overlapping,
  { target: 'kind', training, hyperparameters: { hiddenUnits: [64, 64] }, evaluation: { costs } },
  { artifacts },
)
const { report } = trained
const sha256 = trained.output.version?.sha256 as string
const { manifest, signature, reader } = readServable(await artifacts.read(sha256), catalogue.tasks)

async function answers(instances: readonly object[]) {
  const { tf } = await testTensorFlow()
  const served = await loadModel(sha256, {
    tensorflow: async () => tf,
    hasGpu: false,
    artifacts,
    ...catalogue,
  })
  try {
    const answered = await served.answer([reader.read(instances)])
    const lines = answered.lines(0, answered.rows)
    return { lines, ...answered.outputs(0, answered.rows) }
  } finally {
    served.dispose()
  }
}
const instances = Array.from({ length: 20 }, (_, at) => ({ a: at / 20, b: (at % 7) / 7, city: 'Ulm' }))

test('a network that is too sure gets a temperature from its validation rows, and the report says what it does', () => {
  const { temperature, rows } = report.calibration ?? assert.fail('no calibration')
  assert.ok(temperature?.applied && (temperature.fitted ?? 0) > 1.1, JSON.stringify(temperature))
  assert.equal(manifest.calibration?.temperature, temperature.fitted)
  assert.equal(rows, report.split.validation)
  const { logLoss, expectedCalibrationError } = temperature
  assert.ok((logLoss.after ?? 9) < (logLoss.before ?? 0))
  assert.ok(
    Number.isFinite(expectedCalibrationError.after) && Number.isFinite(expectedCalibrationError.before),
  )
  const onTestRows = report.evaluation.details.temperature ?? assert.fail('not judged on test rows')
  assert.ok((onTestRows.logLoss.after ?? 9) < (onTestRows.logLoss.before ?? 0))
  assert.equal(onTestRows.logLoss.after, report.evaluation.metrics['log-loss'])
})

test('the label follows the threshold that costs least on validation rows, the probabilities do not', async () => {
  const threshold = manifest.calibration?.threshold ?? assert.fail('no threshold')
  assert.ok(threshold < 0.5)
  const { lines: texts, outputs, classes } = await answers(instances)
  const lines = texts.map((line) => JSON.parse(line))
  for (const [row, { label, probabilities }] of lines.entries()) {
    assert.equal(label, probabilities.yes >= threshold ? 'yes' : 'no')
    // In numbers it is the same answer, to the last bit.
    assert.equal(signature.classes[classes?.[row] ?? 9], label)
    assert.deepEqual([...outputs.subarray(row * 2, row * 2 + 2)], [probabilities.no, probabilities.yes])
    assert.ok(Math.abs(probabilities.yes + probabilities.no - 1) < 1e-6)
  }
  assert.ok(lines.some(({ label, probabilities }) => label === 'yes' && probabilities.yes < 0.5))
  const { before, after, positive } = report.evaluation.details.threshold ?? assert.fail('no effect told')
  assert.equal(positive, 'yes')
  assert.ok(after.cost < before.cost && after.falseNegatives < before.falseNegatives)
})

test('an export answers with the temperature and names the threshold', async () => {
  const { context } = runContext(artifacts, 'export-calibrated')
  const specification = { type: 'export', model: 'made@1', format: 'tfjs', archive: 'zip' } as const
  const blobs = { manifest: sha256 }
  const { result } = await runExport(
    { jobId: 'export-calibrated', type: 'export', specification, blobs },
    context,
  )
  const unpacked = join(folder, 'export-calibrated')
  unpack(unpacked, { archive: 'zip', bytes: await artifacts.read(String(result.sha256)) })
  const labels = JSON.parse(readFileSync(join(unpacked, 'labels.json'), 'utf8'))
  assert.equal(labels.threshold, manifest.calibration?.threshold)
  const { outputs } = askPlainly(unpacked, instances)
  for (const [row, line] of (await answers(instances)).lines.entries()) {
    const { probabilities } = JSON.parse(line)
    assert.ok(Math.abs((outputs[row]?.[1] as number) - probabilities.yes) < 1e-5)
  }
})

test('sets of labels cover the test rows about as often as promised', () => {
  const { levels, scores } = report.evaluation.details.conformal ?? assert.fail('no coverage told')
  assert.equal(scores, report.split.validation)
  for (const { coverage, covered, meanSetSize = 0 } of levels) {
    assert.ok(Math.abs(covered - coverage) < 0.08, `${covered} of ${coverage}`)
    assert.ok(meanSetSize > 0.8 && meanSetSize <= 2)
  }
})

test('an answer gets its set, larger with more coverage, and everything where nothing smaller can be promised', async () => {
  const [line = ''] = (await answers(instances)).lines
  const setAt = (coverage: number) =>
    JSON.parse(conformalWriter({ manifest, signature }, coverage)(line)).set as string[]
  assert.deepEqual(setAt(0.9999), ['no', 'yes'])
  assert.ok(setAt(0.5).length <= setAt(0.9).length)
  const { calibration: _, ...without } = manifest
  const refused = () => conformalWriter({ manifest: without, signature }, 0.9)
  assert.throws(
    refused,
    ({ code, errors }: FlywheelError) => code === 'request-invalid' && errors[0]?.path === 'conformal',
  )
})

test('a regression answers with intervals that cover the test rows', async () => {
  const noise = uniform(3)
  const rows = Array.from({ length: 800 }, () => {
    const x = noise() * 10
    return [x.toFixed(3), (2 * x + noise() * 4 + 0.001).toFixed(3)]
  })
  const regression = await trainOn(
    fromRows('line', ['x', 'y'], rows),
    { target: 'y', training: { epochs: 60, deterministic: true } },
    { artifacts },
  )
  const { levels = [] } = regression.report.evaluation.details.conformal ?? {}
  const [, ninety = assert.fail()] = levels
  assert.ok(Math.abs(ninety.covered - 0.9) < 0.08, `${ninety.covered}`)
  assert.ok((ninety.meanWidth ?? 0) > 2.5 && (ninety.meanWidth ?? 9) < 6, `${ninety.meanWidth}`)
  const servable = readServable(
    await artifacts.read(regression.output.version?.sha256 as string),
    catalogue.tasks,
  )
  const { interval } = JSON.parse(conformalWriter(servable, 0.9)('{"value":5}'))
  assert.ok(Math.abs(interval.upper - 5 - (ninety.quantile ?? NaN)) < 1e-9, `${interval.upper}`)
  const unbounded = JSON.parse(conformalWriter(servable, 0.9999)('{"value":5}'))
  assert.deepEqual(unbounded, { value: 5, interval: { lower: null, upper: null } })
})

test('costs are refused where there is no threshold to choose', async () => {
  const refused = async (data: typeof overlapping, request: object, expected: RegExp) =>
    assert.rejects(
      trainOn(data, { target: 'kind', evaluation: { costs }, ...request }, { artifacts }),
      expected,
    )
  await refused(overlapping, { target: 'a' }, /evaluation.costs: expected none, since a regression/)
  await refused(overlapping, { training: { validationSplit: 0 } }, /expected validation rows/)
  const three = fromRows(
    'three',
    ['a', 'kind'],
    Array.from({ length: 90 }, (_, row) => [String(row / 7), ['x', 'y', 'z'][row % 3] as string]),
  )
  await refused(three, {}, /expected a target of two classes, received "3 classes"/)
})

test('a version without validation rows has no calibration', async () => {
  const { output, report: plain } = await trainOn(
    overlapping,
    { target: 'kind', training: { epochs: 1, validationSplit: 0 } },
    { artifacts },
  )
  assert.equal(plain.calibration, undefined)
  assert.equal(plain.evaluation.details.conformal, undefined)
  const bytes = await artifacts.read(output.version?.sha256 as string)
  assert.equal(readServable(bytes, catalogue.tasks).manifest.calibration, undefined)
})
