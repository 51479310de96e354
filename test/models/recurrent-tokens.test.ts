import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import gru from '../../src/models/gru.js'
import lstm from '../../src/models/lstm.js'
import { train } from '../../src/training/train.js'
import { samples, sampleTraining } from '../conformance/row-samples.js'
import { classifier } from '../training/small-training.js'

const [sample] = samples.tokens as [(typeof samples.tokens)[number]]

for (const family of [lstm, gru] as unknown as Family[]) {
  test(`two layers of ${family.name} with dropout between learn from tokens, compiled`, async () => {
    const hyperparameters = parse(family.hyperparameters, { units: [16, 8], embeddingWidth: 5, dropout: 0.1 })
    const training = { epochs: 20, optimizer: { learningRate: 0.02 } }
    const given = { sample, head: classifier, training }
    const { history, executor } = await train(
      await sampleTraining({ family, hyperparameters }, given, { executor: 'graph' }),
    )
    assert.equal(executor, 'graph')
    assert.ok((history.at(-1)?.loss as number) < 0.8 * (history[0]?.loss as number))
  })
}
