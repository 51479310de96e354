import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { WrittenExport } from '../../src/jobs/export/format.js'
import { formats } from '../../src/jobs/export/formats.js'
import { proveExport } from '../../src/jobs/export/proof/prove-export.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readServable } from '../../src/serving/servable.js'
import { storeHandMadeModel } from '../support/hand-made-model.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { testTensorFlow } from '../support/tensorflow.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const { sha256 } = await storeHandMadeModel(artifacts)
const { families, tasks, transforms } = await loadCatalogue()

const written = await (formats.get('tfjs') ?? assert.fail()).write({
  name: 'made@1',
  sha256,
  servable: readServable(await artifacts.read(sha256), tasks),
  family: families.get('mlp') ?? assert.fail(),
  transforms,
  artifacts,
  tf: (await testTensorFlow()).tf,
})
const scratch = join(folder, 'scratch')
const prove = (files: WrittenExport['files']) =>
  proveExport({ ...written, files }, { format: 'tfjs', folder: scratch, flopsPerRow: 1 })

const changed = (name: string, change: (bytes: Uint8Array) => Uint8Array) =>
  written.files.map((file) => (file.name === name ? { name, bytes: change(file.bytes) } : file))

test('an export is loaded by TensorFlow.js in a fresh process, which answers 256 rows as the version does', async () => {
  const { rows, largestDifference, runtime } = await prove(written.files)
  assert.equal(rows, 256)
  assert.ok(largestDifference < 1e-6, `${largestDifference}`)
  assert.match(runtime, /^TensorFlow\.js 4\.\d+\.\d+, backend cpu$/)
  assert.deepEqual(readdirSync(scratch), [], 'nothing is left on the disk')
})

test('an export that answers otherwise is not offered', async () => {
  const other = changed('weights.bin', (bytes) => {
    const weights = new Float32Array(bytes.slice().buffer)
    weights[0] = (weights[0] as number) + 0.01
    return new Uint8Array(weights.buffer)
  })
  await assert.rejects(prove(other), { code: 'job-failed', message: /answers otherwise, by 0\.00\d/ })
})

test('an export that can not be loaded is not offered', async () => {
  await assert.rejects(prove(changed('model.json', (bytes) => bytes.slice(0, 40))), {
    code: 'job-failed',
    message: /A fresh process can not use the exported model: .*JSON/,
  })
})
