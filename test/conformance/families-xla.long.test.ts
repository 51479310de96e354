import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '../../src/contracts/discovery.js'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { train } from '../../src/training/train.js'
import { classifier } from '../training/small-training.js'
import { samples, sampleTraining } from './row-samples.js'

const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
/** Their steps are better as a graph, and XLA is never given them. */
const others = new Set(['cnn', 'lstm', 'resnet'])

for (const [name, family] of families) {
  if (others.has(name)) continue
  test(`${name} gives the same losses for 50 steps compiled by XLA and eagerly`, async () => {
    const [sample] = family.rows.flatMap((kind) => samples[kind])
    const given = { family, hyperparameters: parse(family.hyperparameters, {}) }
    const run = async (executor: ExecutorName) => {
      const options = { sample: sample as NonNullable<typeof sample>, head: classifier }
      const training = { epochs: 10, batchSize: 16 }
      return train(await sampleTraining(given, { ...options, training }, { executor }))
    }
    const [eager, xla] = [await run('eager'), await run('xla')]
    assert.deepEqual([eager.executor, xla.executor, xla.stepsRun], ['eager', 'xla', 50])
    xla.history.forEach((metrics, i) => {
      for (const metric of ['loss', 'val_loss']) {
        const [loss, expected] = [metrics[metric], eager.history[i]?.[metric]] as [number, number]
        assert.ok(
          Math.abs(loss / expected - 1) < 1e-4,
          `epoch ${i + 1}: ${metric} ${loss}, eagerly ${expected}`,
        )
      }
    })
  })
}
