import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { InferenceSession } from 'onnxruntime-node'
import { readConfig } from '../../src/config.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import { servedHead } from '../../src/evaluation/calibration/served-head.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { quantise } from '../../src/onnx/int8/quantise.js'
import { hasExactInt8 } from '../../src/onnx/int8/vnni.js'
import { encodeModel, OnnxType } from '../../src/onnx/model-proto.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { onnxExecutor } from '../../src/serving/predictor/onnx-executor.js'
import { openExecutor } from '../../src/serving/predictor/open-executor.js'
import { readServable } from '../../src/serving/servable.js'
import { fromRows } from '../support/csv-table.js'
import { uniform } from '../support/drawn-rows.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const artifactsFolder = join(await temporaryFolder(), 'artifacts')
const artifacts = await openArtifactStore(artifactsFolder)
const draw = uniform(5)
const points = fromRows(
  'points',
  ['a', 'b', 'side'],
  Array.from({ length: 300 }, () => {
    const [a, b] = [draw(), draw()]
    return [a.toFixed(3), b.toFixed(3), a > b ? 'above' : 'below']
  }),
)
const trained = await trainOn(
  points,
  { target: 'side', training: { epochs: 5, deterministic: true } },
  { artifacts },
)
const sha256 = trained.output.version?.sha256 as string
const { families, tasks } = await loadCatalogue()
const { manifest, reader } = readServable(await artifacts.read(sha256), tasks)
const instances = Array.from({ length: 50 }, (_, i) => ({ a: i / 50, b: ((i * 7) % 50) / 50 }))

const startOne = () =>
  startPredictor({
    entry: fileURLToPath(new URL('../../src/workers/predictor.js', import.meta.url)),
    options: { artifactsFolder, tensorflowFolder: readConfig().tensorflowFolder, device: 'cpu' },
    memoryBytes: 2 ** 34,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })

const answersOf = async (predictor: Awaited<ReturnType<typeof startOne>>, version: string) =>
  (await predictor.predict(version, reader.read(instances))).lines.map((line) => JSON.parse(line))

/** Libraries of a process, by the files that it has mapped. */
const hasMapped = (pid: number, library: string): boolean =>
  readFileSync(`/proc/${pid}/maps`, 'utf8').includes(library)

test('a version is published with an ONNX form of its own, and its blobs belong to it', () => {
  const { onnx } = manifest
  assert.ok(onnx && 'sha256' in onnx, JSON.stringify(onnx))
  assert.ok(onnx.largestDifference <= 1e-5)
  assert.ok(trained.output.version?.blobs.includes(onnx.sha256))
})

test('it answers in ONNX Runtime as in TensorFlow, which is then not even loaded', async () => {
  const predictor = await startOne()
  after(() => predictor.close())
  const byOnnx = await answersOf(predictor, sha256)
  const pid = predictor.status?.pid as number
  assert.ok(hasMapped(pid, 'libonnxruntime') && !hasMapped(pid, 'libtensorflow'))

  const { executor } = await predictor.load(sha256)
  assert.equal(executor.name, 'onnx')
  const { onnx: _, ...older } = manifest
  const stored = await artifacts.put(Buffer.from(JSON.stringify(older)))
  const byTensorFlow = await answersOf(predictor, stored.sha256)
  assert.ok(hasMapped(pid, 'libtensorflow'), 'a version without an ONNX form needs it')
  assert.equal((await predictor.load(stored.sha256)).executor.name, 'tensorflow')
  for (const [i, { label, probabilities }] of byOnnx.entries()) {
    assert.equal(label, byTensorFlow[i].label)
    assert.ok(Math.abs(probabilities.above - byTensorFlow[i].probabilities.above) < 1e-6)
  }
  assert.ok(new Set(byOnnx.map(({ probabilities }) => probabilities.above)).size > 40)
})

test('an ONNX form that is no model is refused', async () => {
  const other = await artifacts.put(Buffer.from('no model'))
  const damaged = { ...manifest, onnx: { ...manifest.onnx, ...other } }
  const stored = await artifacts.put(Buffer.from(JSON.stringify(damaged)))
  const predictor = await startOne()
  after(() => predictor.close())
  await assert.rejects(answersOf(predictor, stored.sha256), (error: unknown) => {
    assert.ok(error instanceof FlywheelError)
    assert.equal(error.code, 'artifact-damaged')
    return true
  })
})

test('what can not be warmed up, or has nothing to be compared with, is closed again', async (t) => {
  const sessions: { isOpen: boolean }[] = []
  const create = InferenceSession.create as (...of: unknown[]) => Promise<InferenceSession>
  t.mock.method(InferenceSession, 'create', async (...of: unknown[]) => {
    const session = await create.apply(InferenceSession, of)
    const state = { isOpen: true }
    sessions.push(state)
    t.mock.method(session, 'release', () => {
      state.isOpen = false
    })
    return session
  })
  const family = families.get(manifest.family.name) ?? assert.fail()
  const head = servedHead(tasks.get(manifest.task.name) ?? assert.fail(), manifest)
  const open = (changes: Partial<typeof manifest>, hasGpu = false) =>
    openExecutor({
      manifest: { ...manifest, ...changes },
      family,
      head,
      artifacts,
      tensorflow: () => Promise.reject(new Error('no TensorFlow here')),
      hasGpu,
    })
  const shapes = { ...manifest.shapes, inputs: [{ name: 'features', shape: [3] }] }
  await assert.rejects(open({ shapes }), /invalid dimensions/i)
  await assert.rejects(open({}, true), /no TensorFlow here/)
  assert.deepEqual(sessions, [{ isOpen: false }, { isOpen: false }])
})

test('where sums of 8-bit products overflow, an int8 form computes with what its integers stand for', async () => {
  // One row, one layer: the largest integers throughout.
  const width = 64
  const ones = new Float32Array(width * 2).fill(1)
  const product = { op: 'MatMul', inputs: ['features', 'kernel'], outputs: ['outputs'], attributes: {} }
  const kernel = {
    name: 'kernel',
    type: OnnxType.FLOAT,
    shape: [width, 2],
    bytes: new Uint8Array(ones.buffer),
  }
  const [shape, features] = [[width], new Float32Array(width).fill(1)]
  const quantised = await quantise(
    {
      nodes: [product],
      initializers: [kernel],
      inputs: [{ name: 'features', shape: ['rows', width] }],
      outputs: [{ name: 'outputs', shape: ['rows', 2] }],
    },
    { mode: 'static', perChannel: true, largest: 127, percentile: 100, rows: { features, shape } },
  )
  const bytes = encodeModel(quantised?.model ?? assert.fail())
  const cpuInfo = join(await temporaryFolder(), 'cpuinfo')
  await writeFile(cpuInfo, 'flags\t\t: sse4_2 avx avx2 avx512f')
  assert.equal(await hasExactInt8({ arch: 'x64', cpuInfo }), false)
  assert.equal(await hasExactInt8({ arch: 'arm64', cpuInfo }), true)
  const executor = await onnxExecutor({ bytes, shape, units: 2, int8: { reducedRange: false }, cpuInfo })
  const outputs = await executor.run(features, 1)
  executor.dispose()
  for (const output of outputs) assert.ok(Math.abs(output - width) < 1e-3, `${output}`)
})

for (const { width, isShared } of [
  { width: 64, isShared: false },
  { width: 4_096, isShared: true },
]) {
  test(`a network of ${width} × ${width} weights ${isShared ? 'shares its work among threads' : 'runs on one thread'}`, async () => {
    const weights = new Float32Array(width * width).fill(1 / width)
    const bytes = encodeModel({
      nodes: [{ op: 'MatMul', inputs: ['features', 'kernel'], outputs: ['outputs'], attributes: {} }],
      initializers: [
        {
          name: 'kernel',
          type: OnnxType.FLOAT,
          shape: [width, width],
          bytes: new Uint8Array(weights.buffer),
        },
      ],
      inputs: [{ name: 'features', shape: ['rows', width] }],
      outputs: [{ name: 'outputs', shape: ['rows', width] }],
    })
    const before = threads()
    const executor = await onnxExecutor({ bytes, shape: [width], units: width })
    const outputs = await executor.run(new Float32Array(width).fill(1), 1)
    assert.equal(threads() > before, isShared && availableParallelism() > 1)
    for (const output of outputs) assert.ok(Math.abs(output - 1) < 1e-4, `${output}`)
    executor.dispose()
  })
}

/** Of this process. */
const threads = (): number => readdirSync('/proc/self/task').length
