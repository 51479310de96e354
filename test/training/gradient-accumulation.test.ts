import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobProgress } from '../../src/contracts/job.js'
import type { TrainingOptions } from '../../src/training/options.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { type Trained, type TrainOptions, train } from '../../src/training/train.js'
import { keptCheckpoints, regressor, smallTraining } from './small-training.js'

/** 80 rows: two updates of 32 rows and one of 16 in each epoch. */
const inParts = { batchSize: 8, gradientAccumulationSteps: 4 }
const atOnce = { batchSize: 32 }

const cases: [string, Parameters<typeof smallTraining>[0], Partial<TrainOptions>?][] = [
  ['adam', { training: { epochs: 6 } }],
  [
    'a penalty and class weights',
    { training: { epochs: 6, classWeights: 'balanced' }, hyperparameters: { l2: 0.01 } },
    { classes: [0, 1, 2] },
  ],
  ['clipped gradients', { training: { epochs: 6, gradientClipping: { globalNorm: 0.2, value: 0.1 } } }],
  ['a schedule', { training: { epochs: 6, schedule: { name: 'cosine', warmupEpochs: 1 } } }],
  ['momentum on a regression', { head: regressor, training: momentum() }],
  ['data that is fed', { training: { epochs: 6 } }, { residentBytes: 0 }],
]

for (const executor of ['graph', 'eager', 'xla'] as const) {
  for (const [name, given, more] of executor === 'xla' ? cases.slice(0, 2) : cases) {
    test(`${executor}, ${name}: four batches of 8 rows make the update of one batch of 32`, async () => {
      const [parts, whole] = [await run(inParts), await run(atOnce)]
      assert.equal(parts.executor, executor)
      assert.equal(parts.stepsRun, whole.stepsRun)
      parts.history.forEach((metrics, epoch) => {
        for (const [metric, value] of Object.entries(metrics)) {
          near(value, whole.history[epoch]?.[metric] as number, `${metric} of epoch ${epoch + 1}`)
        }
      })
      const [values, others] = [parts, whole].map(({ weights }) => new Float32Array(weights.bytes.buffer))
      values?.forEach((value, i) => {
        near(value, others?.[i] as number, `weight ${i}`)
      })
    })

    async function run(batches: TrainingOptions): Promise<Trained> {
      const training = { ...given?.training, ...batches }
      return train({ ...(await smallTraining({ ...given, training }, more)), executor })
    }
  }
}

test('the last update of an epoch takes what is left, a smaller batch at its end', async () => {
  const run = async (executor: ExecutorName) => {
    const training = { epochs: 4, batchSize: 24, gradientAccumulationSteps: 2 }
    return train({ ...(await smallTraining({ training, hyperparameters: { dropout: 0.3 } })), executor })
  }
  const [graph, eager] = [await run('graph'), await run('eager')]
  assert.equal(graph.stepsRun, 4 * 2)
  graph.history.forEach(({ loss, val_loss }, epoch) => {
    near(loss as number, eager.history[epoch]?.loss as number, 'loss')
    near(val_loss as number, eager.history[epoch]?.val_loss as number, 'validation loss')
  })
})

test('rows that are fed are gathered once, whatever the updates of a call', async () => {
  let copied = 0
  // Rows of more than 64 numbers are copied as parts of the array.
  class Counted extends Float32Array<ArrayBuffer> {
    override subarray(from?: number, to?: number): Float32Array<ArrayBuffer> {
      copied++
      return new Float32Array(this.buffer).subarray(from, to)
    }
  }
  const width = 65
  for (const batches of [
    inParts,
    atOnce,
    { batchSize: 24, gradientAccumulationSteps: 2 },
    { batchSize: 4, gradientAccumulationSteps: 2 },
  ]) {
    const options = await smallTraining({ training: { epochs: 5, ...batches } }, { residentBytes: 0 })
    const features = Counted.from({ length: 100 * width }, (_, i) => Math.sin(i)) as Float32Array<ArrayBuffer>
    copied = 0
    await train({
      ...options,
      shapes: { ...options.shapes, inputs: [{ name: 'features', shape: [width] }] },
      data: { ...options.data, features },
      executor: 'graph',
    })
    assert.equal(copied, 5 * 100, JSON.stringify(batches))
  }
})

test('progress counts updates', async () => {
  const told: JobProgress[] = []
  const options = await smallTraining({ training: { ...inParts, epochs: 2 } })
  await train({ ...options, onProgress: (progress) => told.push(progress) })
  assert.deepEqual([told.at(-1)?.step, told.at(-1)?.steps], [6, 6])
})

for (const executor of ['graph', 'eager'] as const) {
  test(`${executor}: a training that accumulates gradients is resumed anywhere with the same bits`, async () => {
    const settings = {
      training: { ...inParts, epochs: 6, deterministic: true },
      hyperparameters: { dropout: 0.3 },
    }
    const straight = await train({ ...(await smallTraining(settings)), executor })
    for (const stopAfter of [1, 2, 4]) {
      const { checkpoints } = keptCheckpoints((count) => {
        if (count === stopAfter) throw new Error('killed')
      })
      const checkpointTiming = { firstAfterMs: 0, everyMs: 0, maxShare: Infinity }
      const options = { ...(await smallTraining(settings, { checkpoints, checkpointTiming })), executor }
      await assert.rejects(train(options), /killed/)
      const resumed = await train(options)
      assert.deepEqual(resumed.weights, straight.weights)
      assert.deepEqual(resumed.optimizer, straight.optimizer)
      assert.deepEqual(resumed.history, straight.history)
    }
  })
}

function momentum(): TrainingOptions {
  return { epochs: 6, optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true } }
}

function near(actual: number, expected: number, what: string): void {
  const difference = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1)
  assert.ok(difference < 1e-5, `${what}: ${actual}, expected ${expected}`)
}
