import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pruning } from '../../src/training/pruning/pruning.js'
import { pruningSteps } from '../../src/training/pruning/schedule.js'
import { withoutSmallest } from '../../src/training/pruning/smallest.js'
import { type Trained, type TrainOptions, train } from '../../src/training/train.js'
import { type NamedTensor, unpackTensors } from '../../src/training/weights.js'
import { keptCheckpoints, smallTraining } from './small-training.js'

const pruning: Pruning = { removed: { sparsity: 0.75 }, until: 0.6, times: 5 }

test('the share of the way follows 1 − (1 − t)³, at equal distances, until nothing more goes', () => {
  const due = pruningSteps({ until: 0.5, times: 4 }, { totalSteps: 80 })
  const steps = Array.from({ length: 80 }, (_, step) => [step, due(step)] as const).filter(
    ([, at]) => at !== null,
  )
  assert.deepEqual(steps, [
    [10, 1 - 0.75 ** 3],
    [20, 1 - 0.5 ** 3],
    [30, 1 - 0.25 ** 3],
    [40, 1],
  ])
})

test('a training of very few steps is pruned all the same, before its last step', () => {
  for (const totalSteps of [2, 3, 5, 7]) {
    const due = pruningSteps({ until: 0.6, times: 50 }, { totalSteps })
    const last = Array.from({ length: totalSteps }, (_, step) => due(step))
      .filter((at) => at !== null)
      .at(-1)
    assert.equal(last, 1, `of ${totalSteps} steps`)
  }
})

test('exactly so many of the smallest numbers become 0, zeros and equal ones included', () => {
  const values = Float32Array.of(0.5, -0.1, 0, 0.1, -3, 1e-30, 0.1, -0.5)
  const nonZero = (count: number) => [...withoutSmallest(values, { count })].filter((value) => value !== 0)
  assert.deepEqual(nonZero(2), [0.5, -0.1, 0.1, -3, 0.1, -0.5].map(Math.fround))
  assert.deepEqual(nonZero(4), [0.5, -3, 0.1, -0.5].map(Math.fround))
  assert.deepEqual(nonZero(7), [-3])
  assert.deepEqual(nonZero(8), [])
  const many = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i * i) ** 3)
  const sorted = [...many].map(Math.abs).sort((a, b) => a - b)
  const left = withoutSmallest(many, { count: 16_000 }).filter((value) => value !== 0)
  assert.equal(left.length, 4000)
  assert.ok(left.every((value) => Math.abs(value) >= (sorted[16_000] as number)))
})

const kernels = (trained: Trained): NamedTensor[] =>
  unpackTensors(trained.weights).filter(({ shape }) => shape.length > 1)
const zeroShare = ({ values }: NamedTensor): number =>
  values.filter((value: number) => value === 0).length / values.length

const settings = {
  training: { epochs: 10, batchSize: 16 },
  hyperparameters: { hiddenUnits: [16, 12], l2: 0.001 },
}

/** A network that has learnt for some epochs. */
async function learnt(more: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const options = await smallTraining(settings)
  const { weights } = await train(options)
  return { ...options, ...more, initial: { weights } }
}

for (const name of ['adam', 'adamw', 'sgd', 'rmsprop'] as const) {
  test(`${name}: a share of each kernel is 0 in the end, and the loss fell on what is left`, async () => {
    const options = await learnt({ pruning })
    const momentum = name === 'sgd' ? { momentum: 0.9, nesterov: true } : {}
    const training = {
      ...options.training,
      optimizer: { ...(await optimizerOf(name)), ...momentum, learningRate: 0.01 },
    }
    const trained = await train({ ...options, training })
    for (const kernel of kernels(trained)) assert.equal(zeroShare(kernel), 0.75)
    const { history } = trained
    const worst = Math.max(...history.map(({ loss }) => loss as number))
    assert.ok((history.at(-1)?.loss as number) < worst)
  })
}

async function optimizerOf(name: string): Promise<TrainOptions['training']['optimizer']> {
  const { training } = await smallTraining({ training: { optimizer: { name } as never } })
  return training.optimizer
}

for (const [what, more] of [
  ['fed', { executor: 'graph', residentBytes: 0 }],
  ['operation by operation', { executor: 'eager' }],
  ['compiled by XLA', { executor: 'xla' }],
] as const) {
  test(`${what}: the same weights go as in a graph, and the rest learns the same`, async () => {
    const options = await learnt({ pruning })
    const accumulated = { ...options.training, batchSize: 8, gradientAccumulationSteps: 2 }
    const [graph, other] = [
      await train({ ...options, training: accumulated, executor: 'graph' }),
      await train({ ...options, training: accumulated, ...more }),
    ]
    for (const [i, { values }] of unpackTensors(graph.weights).entries()) {
      for (const [at, value] of unpackTensors(other.weights)[i]?.values.entries() ?? []) {
        const expected = values[at] as number
        assert.equal(value === 0, expected === 0)
        assert.ok(Math.abs(value - expected) < 1e-4, `${value} for ${expected}`)
      }
    }
  })
}

test('what was taken out stays out of a training that takes out nothing more', async () => {
  const pruned = await train(await learnt({ pruning }))
  const { weights, optimizer } = pruned
  const options = await smallTraining(settings, {
    pruning: { removed: { sparsity: 0 }, until: 1, times: 1 },
    initial: { weights, optimizer },
  })
  const [before, after] = [kernels(pruned), kernels(await train(options))]
  for (const [i, { values }] of after.entries()) {
    assert.notDeepEqual(values, before[i]?.values)
    for (const [at, value] of values.entries()) assert.equal(value === 0, before[i]?.values[at] === 0)
  }
})

test('channels that go leave the network as wide, and all that makes them or takes them in is 0', async () => {
  const narrowed = { ...settings.hyperparameters, hiddenUnits: [4, 3], activation: 'relu', dropout: 0 }
  const trained = await train(await learnt({ pruning: { ...pruning, removed: { narrowed } } }))
  const [first, firstBias, second] = unpackTensors(trained.weights) as [NamedTensor, NamedTensor, NamedTensor]
  const made = Array.from({ length: 16 }, (_, unit) =>
    [0, 1, 2].every((input) => first.values[input * 16 + unit] === 0),
  )
  assert.equal(made.filter((isGone) => isGone).length, 12)
  for (const [unit, isGone] of made.entries()) {
    if (!isGone) continue
    assert.equal(firstBias.values[unit], 0)
    assert.ok(second.values.subarray(unit * 12, (unit + 1) * 12).every((value) => value === 0))
  }
})

for (const executor of ['graph', 'eager'] as const) {
  test(`${executor}: a training that prunes is resumed anywhere with the same bits`, async () => {
    const options = await learnt({ pruning, executor })
    const straight = await train(options)
    for (const stopAfter of [2, 5, 9]) {
      const { checkpoints } = keptCheckpoints((count) => {
        if (count === stopAfter) throw new Error('killed')
      })
      const checkpointTiming = { firstAfterMs: 0, everyMs: 0, maxShare: Infinity }
      const stopped = { ...options, checkpoints, checkpointTiming }
      await assert.rejects(train(stopped), /killed/)
      const resumed = await train(stopped)
      assert.deepEqual(resumed.weights, straight.weights)
      assert.deepEqual(resumed.optimizer, straight.optimizer)
    }
  })
}
