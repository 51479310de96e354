import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { InferenceSession } from 'onnxruntime-node'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import lstm from '../../src/models/lstm.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { exportedFamily } from '../support/family-export.js'
import { handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { exportedVersion, runInNode } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const { sha256, manifest } = await storeHandMadeModel(artifacts)
const made = await exportedVersion(artifacts, { sha256, format: 'onnx', folder })

test('a version is exported as ONNX, and ONNX Runtime answers 256 rows alike in a fresh process', () => {
  const { rows, largestDifference, runtime } = made.verified
  assert.equal(rows, 256)
  assert.ok(largestDifference < 1e-6)
  assert.match(runtime, /^ONNX Runtime \d+\.\d+\.\d+$/)
})

test('an ONNX export takes any number of rows and names its input and output', async () => {
  const session = await InferenceSession.create(join(made.unpacked, 'model.onnx'))
  assert.deepEqual([session.inputNames, session.outputNames], [['features'], ['probabilities']])
  const [input] = session.inputMetadata
  assert.deepEqual(input && 'shape' in input && input.shape, ['rows', 3])
  await session.release()
})

test('the code for Node in an ONNX export’s README answers as the version does', () => {
  const printed = runInNode(made.unpacked)
  const numbers = printed.match(/\d\.\d+(e-\d+)?/g)?.map(Number) ?? []
  const expected = handMadeProbabilities({ a: 1, job: 'a' })
  assert.equal(numbers.length, 3)
  for (const [at, value] of expected.entries()) assert.ok(Math.abs((numbers[at] as number) - value) < 1e-6)
})

test('an ONNX export of a regression answers in the target’s own unit', async () => {
  const { verified } = await exportedFamily(lstm as unknown as Family, {
    hyperparameters: parse(lstm.hyperparameters, {}),
    sample: { shape: [5, 1] },
    kind: 'regression',
    folder: join(folder, 'regression'),
    format: 'onnx',
  })
  assert.equal(verified.rows, 256)
  assert.ok(verified.largestDifference < 1e-5)
})

test('a version without an ONNX form is not exported as ONNX, and the error says why', async () => {
  const without = { ...manifest, onnx: { reason: 'Xlogy has no ONNX form' } }
  const stored = await artifacts.put(Buffer.from(JSON.stringify(without)))
  await assert.rejects(exportedVersion(artifacts, { sha256: stored.sha256, format: 'onnx', folder }), {
    code: 'job-failed',
    message: /no ONNX form: Xlogy has no ONNX form/,
  })
})
