import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimatedBytes } from '../../src/contracts/memory.js'
import { plannedMemory } from '../../src/jobs/train/plan.js'
import mlp from '../../src/models/mlp.js'
import { compileNetwork } from '../../src/training/compiled-network.js'
import { forwardRows } from '../../src/training/forward-rows.js'
import { runNetwork } from '../../src/training/network.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier } from './small-training.js'

const { tf } = await testTensorFlow()
const mebibyte = 2 ** 20

test('fewer rows go through a network at once where a row has many activations', () => {
  assert.equal(forwardRows(1_000), 4096)
  assert.equal(forwardRows(mebibyte), 256)
  assert.equal(forwardRows(1_000 * mebibyte), 1)
})

test('the memory that a training is planned with does not grow without bound with its network’s activations', () => {
  const network = { parameters: 0, activationBytesPerRow: 10 * mebibyte, flopsPerRow: 1 }
  const training = { batchSize: 16, gradientAccumulationSteps: 1 }
  const data = { rows: 100, columns: 10, given: 80, width: 10, files: 0 }
  const estimate = estimatedBytes(plannedMemory({ ...data, training, network }))
  assert.ok(estimate < 600 * mebibyte + 2 * 257 * mebibyte, `${estimate}`)
})

test('a network answers in parts as it answers at once', () => {
  const hyperparameters = { hiddenUnits: [60_000], activation: 'relu' as const, dropout: 0, l2: 0 }
  const shapes = { inputs: [{ name: 'features', shape: [2] }], units: 3 }
  const model = mlp.build({ tf, shapes, hyperparameters, seed: 1 })
  const rows = 2_000 // 0.24 MB each: 1,118 at once
  const features = Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(i * i))
  const compiled = compileNetwork({ tf, model, head: classifier })
  const all = [
    compiled.runHere(features, rows),
    runNetwork({ tf, model, head: classifier, features, rows }),
  ] as const
  for (const from of [0, 1_500]) {
    const part = features.subarray(2 * from, 2 * (from + 10))
    const expected = runNetwork({ tf, model, head: classifier, features: part, rows: 10 })
    for (const outputs of all) {
      expected.forEach((value, i) => {
        assert.ok(Math.abs((outputs[3 * from + i] as number) - value) < 1e-5)
      })
    }
  }
  compiled.dispose()
  model.dispose()
})
