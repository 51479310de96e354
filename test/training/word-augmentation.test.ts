import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import type { Family, Input } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import fastText from '../../src/models/fast-text.js'
import { augmentRows } from '../../src/training/augmentations/augment-rows.js'
import type { Augmented } from '../../src/training/augmentations/augmentation.js'
import { checkAugmentations } from '../../src/training/augmentations/check-augmentations.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { train } from '../../src/training/train.js'
import { sampleTraining } from '../conformance/row-samples.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier } from './small-training.js'

const { tf } = await testTensorFlow()
const tokens = { shape: [7], tokens: 50 }
const bag = { shape: [2, 3], tokens: 50 }

/** What a step makes of rows. */
function augmented(
  name: string,
  rate: number,
  { input, rows, step = 0 }: { input: Omit<Input, 'name'>; rows: readonly number[][]; step?: number },
): number[][] {
  const features = Float32Array.from(rows.flat())
  const numbers = Int32Array.from(rows.keys())
  const context = { tf, seed: 1, step: () => tf.scalar(step, 'int32'), input, features, training: numbers }
  const augment = augmentRows([{ name, rate }], context) as (x: Tensor) => Augmented
  return tf.tidy(() => {
    const x = tf.tensor(features, [rows.length, ...input.shape])
    return augment(x).x.reshape([rows.length, -1]).arraySync() as number[][]
  })
}

test('word-dropout makes tokens unknown in their places, so many on average, others at each step', () => {
  const rows = Array.from({ length: 500 }, () => [0, 0, 5, 6, 7, 8, 9])
  const first = augmented('word-dropout', 0.3, { input: tokens, rows })
  const words = first.flatMap((row) => row.slice(2))
  const share = words.filter((id) => id === 1).length / words.length
  assert.ok(Math.abs(share - 0.3) < 0.03, `${share}`)
  assert.ok(first.every((row) => row[0] === 0 && row[1] === 0))
  assert.ok(first.every((row) => row.slice(2).every((id, at) => id === 1 || id === at + 5)))
  assert.deepEqual(augmented('word-dropout', 0.3, { input: tokens, rows }), first)
  assert.notDeepEqual(augmented('word-dropout', 0.3, { input: tokens, rows, step: 1 }), first)
})

test('word-dropout takes the weights of terms of a bag, and keeps their sum on average', () => {
  const rows = Array.from({ length: 1000 }, () => [3, 4, 5, 0.5, 1, 2])
  const changed = augmented('word-dropout', 0.25, { input: bag, rows })
  assert.ok(changed.every((row) => row.slice(0, 3).join() === '3,4,5'))
  const mean = changed.reduce((sum, row) => sum + (row[4] as number), 0) / changed.length
  assert.ok(Math.abs(mean - 1) < 0.06, `${mean}`)
  assert.deepEqual([...new Set(changed.map((row) => row[4]?.toFixed(4)))].sort(), ['0.0000', '1.3333'])
})

test('word-swap lets neighbours change places, and nothing else', () => {
  const rows = Array.from({ length: 300 }, () => [0, 2, 3, 4, 5, 6, 7])
  const changed = augmented('word-swap', 0.5, { input: tokens, rows })
  assert.ok(changed.every((row) => row[0] === 0 && row.toSorted((a, b) => a - b).join() === '0,2,3,4,5,6,7'))
  const moved = changed.flatMap((row) => row.map((id, at) => Math.abs(id - (rows[0]?.[at] as number))))
  assert.ok(Math.max(...moved) <= 2)
  assert.ok(
    changed.some((row) => row[1] === 3) && changed.some((row) => row[2] === 4),
    'pairs from both places',
  )
  assert.deepEqual(augmented('word-swap', 1, { input: { shape: [1], tokens: 9 }, rows: [[3]] }), [[3]])
  assert.deepEqual(augmented('word-swap', 2, { input: { shape: [3], tokens: 9 }, rows: [[2, 3, 4]] }), [
    [3, 4, 2],
  ])
})

test('word-swap is for tokens, and both for texts alone', () => {
  checkAugmentations([{ name: 'word-swap' }, { name: 'word-dropout' }], tokens)
  checkAugmentations([{ name: 'word-dropout' }], bag)
  const refused = /one of word-dropout for a network over bag rows, received word-swap/
  assert.throws(() => checkAugmentations([{ name: 'word-swap' }], bag), refused)
  assert.throws(() => checkAugmentations([{ name: 'word-dropout' }], { shape: [4] }), /over vector rows/)
})

for (const [kind, sample, names] of [
  ['tokens', tokens, ['word-dropout', 'word-swap']],
  ['bags', bag, ['word-dropout']],
] as const) {
  for (const executor of ['graph', 'xla'] as const) {
    test(`${names.join(' and ')} of ${kind} by ${executor} are those of eager steps`, async () => {
      const family = fastText as unknown as Family
      const given = { family, hyperparameters: parse(fastText.hyperparameters, {}) }
      const training = { epochs: 5, batchSize: 16, augmentation: names.map((name) => ({ name, rate: 0.3 })) }
      const run = async (by: ExecutorName) =>
        train(await sampleTraining(given, { sample, head: classifier, training }, { executor: by }))
      const [eager, compiled] = [await run('eager'), await run(executor)]
      assert.deepEqual([eager.executor, compiled.executor], ['eager', executor])
      for (const [index, { loss }] of compiled.history.entries()) {
        assert.ok(
          Math.abs((loss as number) - (eager.history[index]?.loss as number)) < 1e-4,
          `epoch ${index}`,
        )
      }
    })
  }
}
