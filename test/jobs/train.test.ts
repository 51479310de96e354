import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JobOutput, VersionSnapshot } from '../../src/contracts/job.js'
import { ingest } from '../../src/datasets/ingest.js'
import type { Report } from '../../src/evaluation/report.js'
import type { EvaluateRequest } from '../../src/jobs/evaluate/request.js'
import evaluateJob from '../../src/jobs/evaluate.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import trainJob from '../../src/jobs/train.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readManifest, readServable } from '../../src/serving/servable.js'
import { blobs } from '../support/blobs.js'
import { readTestData, testData } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, runContext, trainOn } from '../support/train.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(join(folder, 'artifacts'))
const data = blobs(400)
const quick = { target: 'kind', training: { epochs: 3, deterministic: true } }
const first = await trainOn(data, quick, { artifacts })
const versionOf = ({ version }: JobOutput): VersionSnapshot => {
  assert.ok(version)
  return { version: 1, ...version }
}
const champion = versionOf(first.output)

test('a training job leaves a version whose report has metrics, baseline, curves and sizes', () => {
  const { output, report } = first
  assert.deepEqual(report.split, {
    by: 'stratified',
    training: 256,
    validation: 64,
    test: 80,
    unusable: 0,
  })
  assert.equal(report.evaluation.rows, 80)
  assert.ok((report.evaluation.metrics.accuracy ?? 0) > (report.evaluation.baseline.metrics.accuracy ?? 1))
  assert.deepEqual(
    report.history.map(({ epoch }) => epoch),
    [1, 2, 3],
  )
  assert.ok(report.history.every((epoch) => Number.isFinite(epoch.loss) && Number.isFinite(epoch.val_loss)))
  assert.deepEqual(output.version?.classes, ['no', 'yes'])
  assert.equal(first.events.filter(({ kind }) => kind === 'epoch').length, 3)
  assert.equal(report.training.parameters, first.plan.parameters)
})

test('the first version is deployed', () => {
  const { deploy } = first.output.version ?? assert.fail()
  assert.deepEqual(deploy, {
    alias: 'champion',
    move: true,
    expected: null,
    reason: 'there was no champion before',
    metrics: null,
  })
})

test('the same job gives the same version, hash for hash', async () => {
  const again = await trainOn(data, quick, { artifacts })
  assert.equal(again.output.version?.sha256, first.output.version?.sha256)
  const other = await trainOn(data, { ...quick, training: { ...quick.training, seed: 7 } }, { artifacts })
  assert.notEqual(other.output.version?.sha256, first.output.version?.sha256)
})

test('a version that is not worse on the common test rows takes the alias, with both figures', async () => {
  const { output } = await trainOn(data, { target: 'kind', training: { epochs: 8 } }, { artifacts, champion })
  const { deploy } = output.version ?? assert.fail()
  assert.ok(deploy.move && deploy.expected === 1)
  assert.match(deploy.reason, /^not worse: accuracy/)
  const { metric, rows, challenger, champion: theirs } = deploy.metrics as Record<string, number | string>
  assert.deepEqual([metric, rows], ['accuracy', 80])
  assert.ok((challenger as number) >= (theirs as number))
})

test('a version that is worse leaves the alias where it is', async () => {
  const training = { epochs: 1, optimizer: { learningRate: 1e-9 } }
  const request = { target: 'kind', training, hyperparameters: { hiddenUnits: [2] } }
  const { output } = await trainOn(data, request, { artifacts, champion })
  const { deploy } = output.version ?? assert.fail()
  assert.equal(deploy.move, false)
  assert.match(deploy.reason, /^worse: accuracy .* of version 1 on 80 rows/)
})

test('a version of another target, or with too few common test rows, is not compared', async () => {
  const other = await trainOn(data, { ...quick, target: 'colour' }, { artifacts, champion })
  assert.match(other.output.version?.deploy.reason ?? '', /not comparable with version 1: its target is kind/)
  const labels = await trainOn(blobs(400, { labels: ['yes', 'no', 'maybe'] }), quick, { artifacts, champion })
  assert.match(labels.output.version?.deploy.reason ?? '', /it has other classes/)
  const otherRows = await trainOn(data, { ...quick, evaluation: { seed: 99 } }, { artifacts, champion })
  assert.match(otherRows.output.version?.deploy.reason ?? '', /\d+ test rows are new to both versions/)
})

test('deploy.when "always" moves the alias from wherever it is, "never" leaves it', async () => {
  const always = await trainOn(data, { ...quick, deploy: { when: 'always' } }, { artifacts, champion })
  assert.deepEqual(
    { ...always.output.version?.deploy },
    { alias: 'champion', move: true, expected: 'any', reason: 'deploy.when is "always"', metrics: null },
  )
  const never = await trainOn(data, { ...quick, deploy: { when: 'never' } }, { artifacts })
  assert.equal(never.output.version?.deploy.move, false)
})

test('a champion that can not be read any more is a warning, and the version is published all the same', async () => {
  const gone = { ...champion, sha256: '0'.repeat(64) }
  const { output, events } = await trainOn(data, quick, { artifacts, champion: gone })
  assert.match(output.version?.deploy.reason ?? '', /version 1 can not be read/)
  assert.match(JSON.stringify(events.find(({ kind }) => kind === 'warning')), /champion-unreadable/)
})

test('rows without a target are left out, and plan and report count the labels that were merged', async () => {
  const odd = blobs(300, { labels: ['yes', 'no', 'YES', ' No.'], missingTargets: 20 })
  const { report, output, plan } = await trainOn(odd, quick, { artifacts })
  assert.equal(report.split.unusable, 20)
  assert.equal(output.version?.classes.length, 2)
  const [planned, reported] = [plan.warnings, report.findings ?? []].map((list) =>
    list.find(({ code }) => code === 'label-case'),
  )
  assert.match(planned?.detail ?? '', /^2 spellings \(140 rows\) are merged/)
  assert.equal(reported?.detail, planned?.detail)
})

test('labels that are not to be merged are classes of their own, also for those who evaluate', async () => {
  const odd = blobs(300, { labels: ['yes', 'no', 'YES', ' No.'] })
  const { output, plan } = await trainOn(odd, { ...quick, mergeLabels: false }, { artifacts })
  assert.deepEqual(output.version?.classes, [' No.', 'YES', 'no', 'yes'])
  assert.ok(!plan.warnings.some(({ code }) => code === 'label-case'))
  const stored = await artifacts.read(output.version?.sha256 ?? '')
  const { task, manifest } = readServable(stored, (await loadCatalogue()).tasks)
  const codes = Int32Array.of(0, 1, 2)
  const dictionary = ['YES', 'yes', 'Yes']
  const encoded = task.encode({ kind: 'text', name: 'kind', codes, dictionary }, manifest.task.state)
  assert.deepEqual([...encoded], [1, 3, Number.NaN])
})

test('a handful of rows is learnt too, with metrics that are undefined and say so', async () => {
  const { report, plan } = await trainOn(blobs(4), quick, { artifacts })
  assert.deepEqual(report.split, { by: 'stratified', training: 4, validation: 0, test: 0, unusable: 0 })
  assert.equal(report.evaluation.metrics.accuracy, null)
  assert.equal(report.evaluation.undefinedMetrics.accuracy, 'there are no rows')
  assert.ok(plan.warnings.some(({ code }) => code === 'few-test-rows'))
})

test('numbers are learnt in their own unit', async () => {
  const { report, output } = await trainOn(data, { target: 'b', training: { epochs: 30 } }, { artifacts })
  assert.equal(output.version?.task, 'tabular-regression')
  const { rmse, r2 } = report.evaluation.metrics
  assert.ok((rmse ?? 9) < (report.evaluation.baseline.metrics.rmse ?? 0) && (r2 ?? 0) > 0.5)
})

test('a job reads its dataset from the store, and another job scores the version on it, both sliced as asked', async () => {
  const source = join(folder, 'rows.csv')
  const lines = Array.from(
    { length: 200 },
    (_, row) => `${(row % 2) + Math.sin(row) / 3},${row % 3 ? 'north' : 'south'},${row % 2 ? 'b' : 'a'}`,
  )
  await writeFile(source, `x,place,y\n${lines.join('\n')}\n`)
  const output = artifacts.temporaryPath()
  const { columns, rows } = await ingest({
    path: source,
    format: 'csv',
    folder,
    output,
    onInvalidRow: 'reject',
    types: {},
  })
  const part = await artifacts.adopt(output)
  const snapshot = { name: 'rows', version: 1, rows, columns: [...columns], parts: [{ ...part, rows }] }
  const request: TrainRequest = {
    type: 'train',
    model: 'm',
    dataset: 'rows',
    target: 'y',
    features: ['x'],
    training: { epochs: 30 },
    evaluation: { testSplit: 0.5, sliceBy: ['place'] },
  }
  const resolved = await trainJob.resolve(request, registryOf({ snapshot }))
  const { context } = runContext(artifacts, 'stored')
  const trained = await trainJob.run({ jobId: 'stored', type: 'train', ...resolved }, context)
  const version = versionOf(trained)
  assert.ok((trained.version?.metrics.accuracy ?? 0) >= 0.9)

  const ask: EvaluateRequest = { type: 'evaluate', model: 'm', dataset: 'rows', sliceBy: ['place'] }
  const evaluation = await evaluateJob.resolve(ask, registryOf({ snapshot }, { ...version, model: 'm' }))
  const scored = await evaluateJob.run({ jobId: 'scored', type: 'evaluate', ...evaluation }, context)
  assert.equal((scored.result.evaluation as { rows: number }).rows, 200)
  assert.equal(scored.evaluation?.model, 'm')
  const placesOf = async (sha256 = '') => {
    const { slices } = JSON.parse((await artifacts.read(sha256)).toString()) as Report
    const places = slices?.worst.filter(({ column }) => column === 'place') ?? []
    return places.reduce((sum, { rows }) => sum + rows, 0)
  }
  assert.equal(await placesOf(scored.evaluation?.reportSha256), 200)
  assert.equal(await placesOf(trained.version?.reportSha256), 100)
  assert.equal(readManifest(await artifacts.read(version.sha256)).dataset.name, 'rows')
})

test('iris is learnt with the defaults', {
  skip: testData === null && 'FLYWHEEL_TEST_DATA is not there',
}, async () => {
  const { report } = await trainOn(readTestData('iris.csv'), { target: 'species' }, { artifacts })
  assert.ok((report.evaluation.metrics.accuracy ?? 0) >= 0.9)
})
