import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FlywheelError } from '../../src/contracts/errors.js'
import type { JobOutput, VersionSnapshot } from '../../src/contracts/job.js'
import { compareClasses } from '../../src/evaluation/comparison/compare-answers.js'
import { compareOnTable } from '../../src/jobs/compare/compare-on-table.js'
import { resolveCompare } from '../../src/jobs/compare/resolve.js'
import { resolveEvaluate } from '../../src/jobs/evaluate/resolve.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readManifest } from '../../src/serving/servable.js'
import { blobs } from '../support/blobs.js'
import { fromRows, type TableWithSnapshot } from '../support/csv-table.js'
import { uniform } from '../support/drawn-rows.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, runContext, trainOn } from '../support/train.js'

const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
const catalogue = await loadCatalogue()

const versionOf = ({ version: draft }: JobOutput, version: number): VersionSnapshot => {
  assert.ok(draft)
  return { version, ...draft }
}

interface Compared {
  readonly rows: number
  readonly leftOut: object
  readonly metrics: object
  readonly comparison: Readonly<Record<string, number>>
  readonly better: string | null
  readonly reason: string
}

/** Runs a comparison of two versions on a table that is in memory already. */
async function compared(
  data: TableWithSnapshot,
  versions: Readonly<Record<string, VersionSnapshot>>,
  rows?: 'all' | 'kept-out',
) {
  const registry = {
    ...registryOf(data),
    version: async (reference: string) => versions[reference] ?? assert.fail(reference),
  }
  const request = { type: 'compare', model: 'model@1', with: 'model@2', dataset: data.snapshot.name } as const
  const { specification, blobs } = await resolveCompare(rows ? { ...request, rows } : request, registry)
  const read = async (sha256 = '') => readManifest(await artifacts.read(sha256))
  const { result } = await compareOnTable({
    specification,
    manifests: { first: await read(blobs.model), second: await read(blobs.with) },
    table: data.table,
    catalogue,
    context: runContext(artifacts, 'compare').context,
  })
  return result as unknown as Compared
}

const data = blobs(600)
const weak = await trainOn(
  data,
  { target: 'kind', training: { epochs: 1, optimizer: { name: 'adam', learningRate: 1e-6 } } },
  { artifacts },
)
const good = await trainOn(data, { target: 'kind', training: { epochs: 8 } }, { artifacts })
const versions = { 'model@1': versionOf(weak.output, 1), 'model@2': versionOf(good.output, 2) }

test('the better of two classifiers is named, on the rows that neither has learnt from, with the exact test', async () => {
  const { rows, leftOut, metrics, comparison, better, reason } = await compared(data, versions)
  assert.deepEqual([rows, leftOut], [120, { learnt: 480, unusable: 0 }])
  assert.deepEqual(metrics, { model: weak.report.evaluation.metrics, with: good.report.evaluation.metrics })
  const { test: name, pValue, onlyModelRight, onlyWithRight } = comparison
  assert.equal(name, 'mcnemar-exact')
  assert.ok((pValue ?? 1) < 0.001 && (onlyWithRight ?? 0) > (onlyModelRight ?? 9))
  assert.equal(better, 'model@2')
  assert.match(reason, /^model@2 is better: model@1 alone is right on \d+, model@2 alone on \d+, p = /)
})

test('a version compared with itself differs by nothing', async () => {
  const { comparison, better } = await compared(data, { ...versions, 'model@2': versions['model@1'] }, 'all')
  assert.deepEqual(comparison, { test: 'mcnemar-exact', pValue: 1, onlyModelRight: 0, onlyWithRight: 0 })
  assert.equal(better, null)
})

test('labels are compared as predict answers them, by each version’s threshold', async () => {
  const champion = versions['model@2']
  const { calibration, ...manifest } = readManifest(await artifacts.read(champion.sha256))
  const changed = { ...manifest, calibration: { ...calibration, threshold: 2 } }
  const { sha256 } = await artifacts.put(Buffer.from(JSON.stringify(changed)))
  const pair = { 'model@1': champion, 'model@2': { ...champion, sha256 } }
  const { metrics, comparison } = await compared(data, pair)
  const { model, with: other } = metrics as Record<string, object>
  assert.deepEqual(model, other, 'metrics go by the more probable class')
  assert.ok((comparison.onlyModelRight ?? 0) > 50, 'the second class is never answered')
})

test('all rows count where they are asked for, and of a dataset that neither has learnt from', async () => {
  assert.equal((await compared(data, versions, 'all')).rows, 600)
  const other = blobs(200, { missingTargets: 5 })
  const renamed = { ...other, snapshot: { ...other.snapshot, name: 'others' } }
  const { rows, leftOut } = await compared(renamed, versions)
  assert.deepEqual([rows, leftOut], [195, { learnt: 0, unusable: 5 }])
})

test('b = 10 against c = 2 gives p = 0.0386', () => {
  const answers = (right: (row: number) => boolean) =>
    Int32Array.from({ length: 20 }, (_, row) => (right(row) ? 1 : 0))
  const { pValue } = compareClasses({
    yTrue: new Float64Array(20).fill(1),
    first: answers((row) => row < 10 || row >= 12),
    second: answers((row) => row >= 10),
  })
  assert.ok(Math.abs(pValue - 0.03857421875) < 1e-12)
})

test('values are compared by their squared errors', async () => {
  const draw = uniform(8)
  const line = fromRows(
    'line',
    ['x', 'y'],
    Array.from({ length: 300 }, () => {
      const x = draw()
      return [x.toFixed(4), (3 * x + draw() / 10).toFixed(4)]
    }),
  )
  const quick = await trainOn(line, { target: 'y', training: { epochs: 1 } }, { artifacts })
  const long = await trainOn(line, { target: 'y', training: { epochs: 40 } }, { artifacts })
  const { comparison, better } = await compared(line, {
    'model@1': versionOf(quick.output, 1),
    'model@2': versionOf(long.output, 2),
  })
  const { test: name, meanDifference } = comparison
  assert.equal(name, 'paired-squared-errors')
  assert.ok((meanDifference ?? 0) < 0)
  assert.equal(better, 'model@2')
})

test('a dataset without the target is refused by the field that names it', async () => {
  const columns = data.snapshot.columns.filter(({ name }) => name !== 'kind')
  const without = { ...data, snapshot: { ...data.snapshot, columns } }
  const registry = { ...registryOf(without), version: async () => versions['model@2'] }
  const named = { dataset: data.snapshot.name, model: 'model@2' }
  const isRefused = ({ code, errors }: FlywheelError) => {
    assert.deepEqual([code, errors.map(({ path }) => path)], ['specification-invalid', ['dataset']])
    assert.match(errors[0]?.expected ?? '', /^a dataset with the version’s target kind/)
    return true
  }
  const evaluation = resolveEvaluate({ type: 'evaluate', ...named }, registry)
  await assert.rejects(evaluation, isRefused)
  const comparison = resolveCompare({ type: 'compare', ...named, with: 'model@1' }, registry)
  await assert.rejects(comparison, isRefused)
})

test('versions that have learnt something else are refused', async () => {
  const other = { ...versions['model@2'], target: 'colour' }
  await assert.rejects(compared(data, { ...versions, 'model@2': other }), ({ errors }: FlywheelError) => {
    assert.match(
      errors[0]?.expected ?? '',
      /a version that has learnt the same: tabular-classification of kind/,
    )
    return errors[0]?.path === 'with'
  })
})
