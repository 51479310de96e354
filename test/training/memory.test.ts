import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { FlywheelError } from '../../src/contracts/errors.js'
import { estimatedBytes, type MemoryDemand, memoryFigures } from '../../src/contracts/memory.js'
import mlp from '../../src/models/mlp.js'
import { train } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { smallTraining } from './small-training.js'

const demand: MemoryDemand = { batchSize: 100, fixedBytes: 1000, bytesPerRow: 10, forwardBytes: 500 }

test('the estimate counts batches or answers, whichever take more, beside what is always there', () => {
  assert.equal(estimatedBytes(demand), 2000)
  assert.equal(estimatedBytes({ ...demand, batchSize: 20 }), 1500)
})

test('the batch size that fits is told, and why none does', () => {
  const at = (limitBytes: number, isExceeded = false) => memoryFigures(demand, { limitBytes, isExceeded })
  assert.deepEqual(at(1600), { estimatedBytes: 2000, limitBytes: 1600, fittingBatchSize: 60 })
  assert.equal(at(2005).fittingBatchSize, 100)
  assert.equal(at(2005, true).fittingBatchSize, 50, 'the one in use does not fit, whatever the estimate says')
  assert.equal(at(1400).fittingBatchSize, null)
  assert.match(at(1400).reason ?? '', /^the data, the network and answers to it take about 1 MiB/)
  const single = { ...demand, batchSize: 1, forwardBytes: 0 }
  assert.match(
    memoryFigures(single, { limitBytes: 2000, isExceeded: true }).reason ?? '',
    /^one row takes about/,
  )
})

test('a training that TensorFlow refuses memory tells its estimate, the limit and a batch size', async () => {
  const { tf, liveHandles } = await testTensorFlow()
  const before = [liveHandles(), tf.memory().numTensors]
  const given = await smallTraining({ training: { epochs: 1, batchSize: 32 } })
  const told: MemoryDemand[] = []
  const family = {
    ...mlp,
    build(context: Parameters<typeof mlp.build>[0]): LayersModel {
      const model = mlp.build(context)
      const [, hidden] = model.layers
      // 4 TiB
      Object.assign(hidden as object, { call: (): Tensor => tf.fill([2 ** 20, 2 ** 20], 0).add(1) })
      return model
    },
  }
  const memory = { memoryLimitBytes: 2 ** 34, expectMemory: (each: MemoryDemand) => void told.push(each) }
  await assert.rejects(train({ ...given, ...memory, family }), (error: FlywheelError) => {
    assert.equal(error.code, 'memory-limit')
    const { estimatedBytes: estimate, ...figures } = error.members
    assert.equal(estimate, estimatedBytes(told[0] as MemoryDemand))
    assert.deepEqual(figures, { limitBytes: 2 ** 34, fittingBatchSize: 16 })
    assert.match(error.message, /the limit 16.0 GiB; a batchSize of 16 would fit$/)
    return true
  })
  assert.deepEqual([liveHandles(), tf.memory().numTensors], before)
})
