import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { readWeights, runNetwork, writeWeights } from '../../src/training/network.js'
import { narrowedGroups } from '../../src/training/pruning/channels.js'
import { narrowWeights } from '../../src/training/pruning/narrow-weights.js'
import { withMasks } from '../../src/training/pruning/pruner.js'
import { prunerOf } from '../../src/training/pruning/pruning.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { samples, someRows } from './row-samples.js'

const { tf } = await testTensorFlow()
const { families } = await loadCatalogue()

const head = { units: 3, activation: 'softmax', loss: 'categorical-crossentropy' } as const
const rows = 16

/** Networks of more layers than the defaults have, and of layers that answer something else than 0 to 0. */
const more: Readonly<Record<string, object>> = {
  mlp: { activation: 'sigmoid', hiddenUnits: [16, 8, 12] },
  cnn: { batchNormalization: true, activation: 'sigmoid', filters: [8, 12], denseUnits: [] },
  lstm: { units: [12, 8] },
  gru: { units: [12, 8], resetAfter: false },
}

for (const family of families.values()) {
  const { channels } = family
  if (channels === undefined) continue
  for (const kind of family.rows) {
    for (const given of [{}, more[family.name]].filter((each) => each !== undefined)) {
      test(`${family.name} of ${JSON.stringify(given)} answers for ${kind} as narrow as with its channels masked`, () => {
        const hyperparameters = parse(family.hyperparameters, given) as never
        const sample = samples[kind][0] as (typeof samples)[typeof kind][number]
        const shapes = { inputs: [{ name: 'features', ...sample }], units: head.units }
        const narrowed = channels.narrowed(hyperparameters, 0.4)
        assert.ok(family.plan(shapes, narrowed).parameters < family.plan(shapes, hyperparameters).parameters)

        const [wide, narrow] = [hyperparameters, narrowed].map((each) =>
          family.build({ tf, shapes, hyperparameters: each, seed: 1 }),
        ) as [ReturnType<typeof family.build>, ReturnType<typeof family.build>]
        const weights = readWeights(wide).map((weight) => ({
          ...weight,
          // Biases and averages of 0 would hide what is left out.
          values: Float32Array.from(weight.values, (value, i) =>
            weight.name.endsWith('kernel') ? value : value + 0.2 * Math.cos(i) ** 2,
          ),
        }))
        const pruner = prunerOf(
          { removed: { narrowed }, until: 1, times: 1 },
          { model: wide, family, shapes, hyperparameters },
        )
        const masked = withMasks(weights, pruner.prune(weights, 1))
        const groups = narrowedGroups({ family, shapes, hyperparameters, narrowed })
        writeWeights(tf, wide, masked)
        writeWeights(tf, narrow, narrowWeights(masked, groups))

        const features = someRows(rows, sample)
        const [expected, received] = [wide, narrow].map((model) =>
          runNetwork({ tf, model, head, features, rows }),
        )
        for (const [i, value] of (received as Float32Array).entries()) {
          const wanted = expected?.[i] as number
          assert.ok(Math.abs(value - wanted) < 1e-5, `${value} for ${wanted} at ${i}`)
        }
        assert.ok(new Set(received).size > 3, 'the answers depend on the rows')
        wide.dispose()
        narrow.dispose()
      })
    }
  }
}
