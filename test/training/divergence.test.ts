import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlywheelError } from '../../src/contracts/errors.js'
import type { TrainingOptions } from '../../src/training/options.js'
import { type TrainOptions, train } from '../../src/training/train.js'
import type { TrainingWarning } from '../../src/training/warnings.js'
import { packTensors, unpackTensors } from '../../src/training/weights.js'
import { keptCheckpoints, regressor, smallTraining } from './small-training.js'

/** Diverges within a few steps; a tenth of its rate does not. */
const wild = { name: 'sgd', learningRate: 3 }
const always = { firstAfterMs: 0, everyMs: 0, maxShare: Infinity }

async function options(training: TrainingOptions, more: Partial<TrainOptions> = {}) {
  const warnings: TrainingWarning[] = []
  const lines: string[] = []
  const given = await smallTraining(
    {
      head: regressor,
      training: { epochs: 8, batchSize: 8, deterministic: true, optimizer: wild, ...training },
    },
    more,
  )
  const told = {
    onWarning: (each: TrainingWarning) => void warnings.push(each),
    onLog: (line: string) => void lines.push(line),
  }
  return { warnings, lines, given: { ...given, ...told } }
}

test('a training that diverges is tried once more at a tenth of the learning rate, with a warning', async () => {
  const { given, warnings } = await options({})
  const retried = await train(given)
  const calm = await options({ optimizer: { ...wild, learningRate: 0.1 * 3 } })
  const straight = await train(calm.given)
  assert.deepEqual(retried.weights, straight.weights)
  assert.deepEqual(retried.history, straight.history)
  assert.deepEqual(calm.warnings, [])
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['diverged-retried'],
  )
  assert.match(
    warnings[0]?.detail ?? '',
    /^The loss is (NaN|Infinity) at step \d+ with the learning rate 3; the last finite mean loss was .+; the training was retried at a tenth of the learning rate, 0.3$/,
  )
})

test('with onDivergence fail the first divergence ends it', async () => {
  const { given, warnings } = await options({ onDivergence: 'fail' })
  await assert.rejects(
    train(given),
    (error: FlywheelError) => error.code === 'training-diverged' && error.members.first === null,
  )
  assert.deepEqual(warnings, [])
})

test('a second divergence ends it, and both are told', async () => {
  const { given, warnings } = await options({ optimizer: { ...wild, learningRate: 100 } })
  await assert.rejects(train(given), (error: FlywheelError) => {
    assert.equal(error.code, 'training-diverged')
    assert.match(
      error.message,
      /with the learning rate 10; .* It was retried before: The loss .* with the learning rate 100; /,
    )
    const { learningRate, first } = error.members as { learningRate: number; first: { learningRate: number } }
    assert.deepEqual([learningRate, first.learningRate], [10, 100])
    return true
  })
  assert.equal(warnings.length, 1)
})

for (const [when, stopAfter] of [
  ['in its first attempt', 1],
  ['as its second attempt begins', 'retried'],
  ['in its second attempt', 'later'],
] as const) {
  test(`a training that diverges and is interrupted ${when} ends with the same bits`, async () => {
    const straight = await train((await options({})).given)
    let retriedAt = Infinity
    const { checkpoints, saved } = keptCheckpoints((count) => {
      if (JSON.parse(saved.at(-1)?.meta ?? '').state.retried !== null) retriedAt = Math.min(retriedAt, count)
      const at = { retried: retriedAt, later: retriedAt + 5 }
      if (count === (typeof stopAfter === 'number' ? stopAfter : at[stopAfter])) throw new Error('killed')
    })
    const { given, warnings } = await options({}, { checkpoints, checkpointTiming: always })
    await assert.rejects(train(given), /killed/)
    const resumed = await train(given)
    assert.deepEqual(resumed.weights, straight.weights)
    assert.deepEqual(resumed.optimizer, straight.optimizer)
    assert.deepEqual(resumed.history, straight.history)
    assert.equal(warnings.at(-1)?.code, 'diverged-retried')
  })
}

test('the second attempt goes on from the last checkpoint, which is finite, and replaces those before', async () => {
  // The rate rises until the training diverges.
  const training = { deterministic: false, schedule: { name: 'constant', warmupEpochs: 8 } }
  const { checkpoints, saved } = keptCheckpoints()
  const { given, lines } = await options(training, { checkpoints, checkpointTiming: always })
  const { stepsRun } = await train(given)
  assert.equal(stepsRun, 80)
  const metas = saved.map(({ meta }) => JSON.parse(meta))
  const from = metas.findIndex(({ state }) => state.retried !== null)
  const { step } = metas[from - 1].state
  assert.ok(step > 0)
  assert.deepEqual(lines, [`Resumed at step ${step}, epoch ${metas[from - 1].state.epoch + 1}`])
  assert.deepEqual([metas[from].state.step, metas[from + 1].state.step], [step, step])
  assert.ok(metas.slice(from).every(({ state }) => state.retried !== null))
  for (const { tensors, meta } of saved) {
    const all = unpackTensors({ tensors: JSON.parse(meta).tensors, bytes: tensors })
    assert.ok(all.every(({ values }) => values.every(Number.isFinite)))
  }
})

test('an update that diverges begins again with the weights that it was given', async () => {
  const calm = await train((await options({ optimizer: { ...wild, learningRate: 0.05 } })).given)
  const initial = { weights: calm.weights, optimizer: packTensors([]) }
  const { given, warnings } = await options({}, { initial })
  const retried = await train(given)
  const straight = await options({ optimizer: { ...wild, learningRate: 0.1 * 3 } }, { initial })
  assert.deepEqual(retried.weights, (await train(straight.given)).weights)
  assert.equal(warnings.length, 1)
})
