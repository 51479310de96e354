import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import { decodeSafetensors, encodeSafetensors } from '../../src/jobs/export/safetensors/safetensors.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readWeights } from '../../src/training/network.js'
import { samples, shapesOf } from '../conformance/row-samples.js'
import { storeHandMadeModel } from '../support/hand-made-model.js'
import { exportedVersion } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { testTensorFlow } from '../support/tensorflow.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const { sha256, manifest } = await storeHandMadeModel(artifacts)

test('a version is exported as safetensors: weights by name with metadata, from which a fresh process answers alike', async () => {
  const { verified, unpacked } = await exportedVersion(artifacts, { sha256, format: 'safetensors', folder })
  assert.equal(verified.rows, 256)
  assert.ok(verified.largestDifference < 1e-6)
  const file = readFileSync(join(unpacked, 'model.safetensors'))
  const { tensors, metadata } = decodeSafetensors(file)
  assert.deepEqual(
    tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    manifest.weights?.tensors,
  )
  assert.deepEqual(
    Buffer.concat(tensors.map(({ bytes }) => bytes)),
    await artifacts.read(manifest.weights?.sha256 ?? ''),
  )
  assert.equal(metadata.version, 'made@1')
  assert.equal(metadata.sha256, sha256)
  assert.equal(metadata.classes, '["b","10","9"]')
  assert.equal((8 + file.readUInt32LE(0)) % 8, 0, 'data are aligned')
})

test('the weights of every family have names of their own', async () => {
  const { tf } = await testTensorFlow()
  for (const family of (await loadCatalogue()).families.values()) {
    for (const kind of family.rows) {
      const shapes = shapesOf(samples[kind][0] ?? assert.fail(kind), 3)
      const hyperparameters = parse(family.hyperparameters, {}) as never
      const model = family.build({ tf, shapes, hyperparameters, seed: 1 })
      const names = readWeights(model).map(({ name }) => name)
      assert.equal(new Set(names).size, names.length, `${family.name}: ${names}`)
      model.dispose()
    }
  }
})

test('files that are cut or of other types are refused', () => {
  const bytes = new Uint8Array(8)
  const file = encodeSafetensors([{ name: 'a', shape: [2], dtype: 'float32', bytes }], {})
  assert.throws(() => decodeSafetensors(file.subarray(0, 20)), /ends within its header/)
  assert.throws(() => decodeSafetensors(file.subarray(0, file.length - 1)), /a: expected 8 bytes, received 7/)
  const other = Buffer.from(file.toString('latin1').replace('F32', 'F64'), 'latin1')
  assert.throws(() => decodeSafetensors(other), /expected F32 or I32, received F64/)
})
