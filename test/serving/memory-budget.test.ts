import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/config.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { availableBytes } from '../../src/serving/predictor/available-memory.js'
import { MemoryBudget } from '../../src/serving/predictor/memory-budget.js'
import { storeHandMadeModel } from '../support/hand-made-model.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const MiB = 1024 ** 2
const folder = await temporaryFolder()
const { manifest, sha256 } = await storeHandMadeModel(await openArtifactStore(folder))
const withOnnx = (sizeBytes: number) => ({ ...manifest, onnx: { sha256, sizeBytes, largestDifference: 0 } })
const budget = (available: number) =>
  new MemoryBudget({
    limitBytes: 1_000 * MiB,
    isTensorFlowLoaded: () => false,
    used: () => 200 * MiB,
    available: () => available,
  })
const never = async () => assert.fail('it was loaded')

test('a version that needs more than is free is refused with the numbers, before it is loaded', async () => {
  await assert.rejects(budget(5_000 * MiB).reserved(withOnnx(300 * MiB), never), (error: unknown) => {
    assert.ok(error instanceof FlywheelError && error.code === 'memory-insufficient' && error.status === 507)
    assert.deepEqual(error.members, {
      neededBytes: 908 * MiB,
      freeBytes: 800 * MiB,
      usedBytes: 200 * MiB,
      limitBytes: 1_000 * MiB,
    })
    assert.match(
      error.message,
      /needs about 908 MiB of memory, and 800 MiB are free: .* 200 MiB of its 1000 MiB/,
    )
    return true
  })
  await assert.rejects(budget(100 * MiB).reserved(withOnnx(50 * MiB), never), /100 MiB are free/)
  assert.equal(await budget(5_000 * MiB).reserved(withOnnx(200 * MiB), async () => 'loaded'), 'loaded')
})

test('a file that is stored compressed needs as much as what it is decoded to', async () => {
  const { onnx, ...rest } = withOnnx(10 * MiB)
  const encoding = { name: 'brotli' as const, decodedBytes: 300 * MiB }
  const compressed = { ...rest, onnx: { ...onnx, encoding } }
  await assert.rejects(budget(5_000 * MiB).reserved(compressed, never), /needs about 908 MiB of memory/)
})

test('versions that are loaded at the same time do not count on the same memory', async () => {
  const shared = budget(5_000 * MiB)
  let loaded = () => {}
  const first = shared.reserved(withOnnx(200 * MiB), () => new Promise<void>((resolve) => (loaded = resolve)))
  await assert.rejects(shared.reserved(withOnnx(200 * MiB), never), /192 MiB are free/)
  loaded()
  await first
  await shared.reserved(withOnnx(200 * MiB), async () => {})
})

test('the machine has memory', () => {
  assert.ok(availableBytes() > 10 * MiB)
})

test('a predictor refuses what does not fit, and goes on', async (t) => {
  const predictor = await startPredictor({
    entry: fileURLToPath(new URL('../../src/workers/predictor.js', import.meta.url)),
    options: { artifactsFolder: folder, tensorflowFolder: readConfig().tensorflowFolder, device: 'cpu' },
    // Less than TensorFlow takes.
    memoryBytes: 300 * MiB,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
  t.after(() => predictor.close())
  for (let round = 0; round < 2; round++) {
    await assert.rejects(predictor.load(sha256), (error: unknown) => {
      assert.ok(error instanceof FlywheelError && error.code === 'memory-insufficient')
      assert.equal(error.members.limitBytes, 300 * MiB)
      return true
    })
  }
  assert.equal(predictor.restarts, 0)
})
