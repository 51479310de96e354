import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { ExportedVersion, WrittenExport } from '../../src/jobs/export/format.js'
import { formats } from '../../src/jobs/export/formats.js'
import { proveExport } from '../../src/jobs/export/proof/prove-export.js'
import { inParts } from '../../src/jobs/export/proof/version-answers.js'
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

const servable = readServable(await artifacts.read(sha256), tasks)
const mlp = families.get('mlp') ?? assert.fail()
const written = await (formats.get('tfjs') ?? assert.fail()).write({
  name: 'made@1',
  sha256,
  servable,
  family: mlp,
  transforms,
  artifacts,
  tf: (await testTensorFlow()).tf,
})
/** Where clean-up removes what a process that was killed has left. */
const temporary = dirname(artifacts.temporaryPath())
const prove = (change: Partial<WrittenExport>, signal = new AbortController().signal) =>
  proveExport({ ...written, ...change }, { context: { artifacts, signal }, format: 'tfjs', flopsPerRow: 1 })

const changed = (name: string, change: (bytes: Uint8Array) => Uint8Array) =>
  written.files.map((file) => (file.name === name ? { name, bytes: change(file.bytes) } : file))

test('an export is loaded by TensorFlow.js in a fresh process, which answers 256 rows as the version does', async () => {
  const { rows, largestDifference, runtime } = await prove({})
  assert.equal(rows, 256)
  assert.ok(largestDifference < 1e-6, `${largestDifference}`)
  assert.match(runtime, /^TensorFlow\.js 4\.\d+\.\d+, backend cpu$/)
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left on the disk')
})

test('an export that answers otherwise is not offered', async () => {
  const other = changed('weights.bin', (bytes) => {
    const weights = new Float32Array(bytes.slice().buffer)
    weights[0] = (weights[0] as number) + 0.01
    return new Uint8Array(weights.buffer)
  })
  await assert.rejects(prove({ files: other }), {
    code: 'job-failed',
    message: /answers otherwise, by 0\.00\d/,
  })
})

test('an export that can not be loaded is not offered', async () => {
  await assert.rejects(prove({ files: changed('model.json', (bytes) => bytes.slice(0, 40)) }), {
    code: 'job-failed',
    message: /A fresh process can not use the exported model: .*JSON/,
  })
})

test('a proof that is cancelled ends with its process, and leaves nothing on the disk', async () => {
  const controller = new AbortController()
  const asked: number[] = []
  const questions = new Proxy(written.questions, {
    get(target, name) {
      // While the fresh process computes its first answer.
      if (name === '0') setImmediate(() => controller.abort('cancel'))
      if (name === '0') asked.push(readdirSync(temporary).length)
      return Reflect.get(target, name)
    },
  })
  await assert.rejects(prove({ questions }, controller.signal), (reason) => reason === 'cancel')
  assert.deepEqual(asked, [1], 'the files lie where clean-up finds them')
  assert.deepEqual(readdirSync(temporary), [])
})

test('rows that need much memory in a network are asked a few at a time', () => {
  const question = {
    signature: 'numbers',
    rows: 20,
    inputs: { x: new Float32Array(40) },
    expected: new Float32Array(20),
  }
  const asked = (bytes: number) => {
    const plan = () => ({ parameters: 1, flopsPerRow: 1, activationBytesPerRow: bytes })
    const version = { family: { ...mlp, plan }, servable } as unknown as ExportedVersion
    return inParts(version, question).map(({ rows, inputs }) => [rows, inputs.x?.length])
  }
  assert.deepEqual(asked(1_000), [
    [1, 2],
    [7, 14],
    [12, 24],
  ])
  assert.deepEqual(asked(2 ** 26), [
    [1, 2],
    [4, 8],
    [4, 8],
    [4, 8],
    [4, 8],
    [3, 6],
  ])
})

test('the process that loads an export ends with the one that has started it', async () => {
  const entry = new URL('../../src/workers/export-proof.js', import.meta.url)
  const empty = JSON.stringify({ format: 'onnx', folder: join(folder, 'empty'), flopsPerRow: 1 })
  const child = fork(entry, [empty], { stdio: 'ignore' })
  const [message] = await once(child, 'message')
  assert.equal(message.kind, 'failed')
  child.disconnect()
  assert.deepEqual(await once(child, 'exit'), [1, null])
})
