import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { VersionSnapshot } from '../../src/contracts/job.js'
import { copyRows } from '../../src/datasets/select-rows.js'
import type { ExportSpecification } from '../../src/jobs/export/request.js'
import { runExport } from '../../src/jobs/export/run.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { fromRows } from '../support/csv-table.js'
import { handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { askPlainly, unpack } from '../support/plain-tfjs.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { runContext, trainOn } from '../support/train.js'
import { asFeedback, openVersion } from '../support/update.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)

/** Exports a version, unpacks the archive with other people's tools, and asks it from a fresh process. */
async function exported(
  sha256: string,
  { archive, instances }: { archive: ExportSpecification['archive']; instances: readonly object[] },
): Promise<{ outputs: number[][]; files: string[] }> {
  const specification: ExportSpecification = { type: 'export', model: 'made@1', format: 'tfjs', archive }
  const jobId = `export-${sha256.slice(0, 8)}-${archive === 'zip' ? 'zip' : 'tar'}`
  const { context } = runContext(artifacts, jobId)
  const { result, blobs } = await runExport(
    { jobId, type: 'export', specification, blobs: { manifest: sha256 } },
    context,
  )
  assert.deepEqual(blobs, [result.sha256])
  const unpacked = join(folder, jobId)
  unpack(unpacked, { archive, bytes: await artifacts.read(String(result.sha256)) })
  return { outputs: askPlainly(unpacked, instances).outputs, files: readdirSync(unpacked).sort() }
}

test('plain TensorFlow.js loads an exported classifier in a fresh process and answers the same', async () => {
  const { sha256 } = await storeHandMadeModel(artifacts)
  const instances = [
    { a: 2, job: 'x' },
    { a: null, job: 'y' },
    { a: -0.5, job: 'unseen' },
    { a: 0.25, job: null },
  ]
  const { outputs, files } = await exported(sha256, { archive: 'zip', instances })
  assert.deepEqual(files, [
    'README.md',
    'labels.json',
    'model.json',
    'preprocess',
    'transforms.json',
    'weights.bin',
  ])
  for (const [row, instance] of instances.entries()) {
    for (const [unit, probability] of handMadeProbabilities(instance).entries()) {
      assert.ok(Math.abs((outputs[row]?.[unit] as number) - probability) < 1e-5)
    }
  }
})

test('an exported regressor gives values in the target’s own unit, transforms and dropout included', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => {
    const size = (row * 37) % 80
    return [
      row % 9 ? String(size) : '',
      row % 3 ? 'brick' : 'wood',
      String(1_000 + 20 * size + (row % 3 ? 300 : 0)),
    ]
  })
  const data = fromRows('houses', ['size', 'walls', 'price'], rows)
  const { output } = await trainOn(
    data,
    {
      target: 'price',
      hyperparameters: { hiddenUnits: [8], dropout: 0.2, l2: 0.001 },
      training: { epochs: 3, seed: 1 },
    },
    { artifacts },
  )
  const version = output.version as NonNullable<typeof output.version>
  const model = await openVersion(output, artifacts)
  const part = Int32Array.from({ length: 20 }, (_, row) => row)
  const expected = await model.answer(copyRows(data.table, part))
  const instances = asFeedback(data.table, { rows: part, target: 'price' }).map(({ features }) => features)
  const { outputs } = await exported(version.sha256, { archive: 'tar.gz', instances })
  for (const [row, value] of expected.entries()) {
    const difference = Math.abs((outputs[row]?.[0] as number) - value)
    assert.ok(difference / Math.abs(value) < 1e-5, `row ${row}: ${outputs[row]} against ${value}`)
  }
})

test('a version is resolved with the blobs that its export reads', async () => {
  const { default: exportJob } = await import('../../src/jobs/export.js')
  const snapshot = { model: 'made', version: 3, sha256: 'a', blobs: ['a', 'b'] } as unknown as VersionSnapshot
  const registry = { version: async () => snapshot } as never
  const { specification, blobs } = await exportJob.resolve(
    { type: 'export', model: 'made', format: 'tfjs' },
    registry,
  )
  assert.deepEqual(specification, { type: 'export', model: 'made@3', format: 'tfjs', archive: 'zip' })
  assert.deepEqual(blobs, { manifest: 'a', 'version-0': 'a', 'version-1': 'b' })
})
