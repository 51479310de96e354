import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../src/contracts/family.js'
import mlp from '../../src/models/mlp.js'
import { DataType } from '../../src/tensorflow/data-types.js'
import { reserveBlocks } from '../../src/tensorflow/graph/feed-block.js'
import { operationsOf, shapeAttribute, typeAttribute } from '../../src/tensorflow/operations.js'
import { streamedRows } from '../../src/training/compiled/streamed-rows.js'
import { readWeights } from '../../src/training/network.js'
import type { TrainingOptions } from '../../src/training/options.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { type TrainOptions, train } from '../../src/training/train.js'
import type { TrainingWarning } from '../../src/training/warnings.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier, keptCheckpoints, regressor, smallTraining } from './small-training.js'

/** 80 rows in batches of 16 or 24 (the last of 8), for 10 or 13 epochs: 50 steps and more. */
const cases: [string, Parameters<typeof smallTraining>[0], Partial<TrainOptions>?][] = [
  ['adam', { training: { batchSize: 16, epochs: 10 } }],
  ['a smaller last batch', { training: { batchSize: 24, epochs: 13 } }],
  ['adamw with a schedule', { training: adamw() }],
  ['sgd', { training: { batchSize: 16, epochs: 10, optimizer: { name: 'sgd', learningRate: 0.1 } } }],
  ['momentum and clipping', { training: momentum() }],
  ['rmsprop on a regression', { head: regressor, training: { epochs: 17, optimizer: { name: 'rmsprop' } } }],
  [
    'dropout and L2',
    { training: { batchSize: 24, epochs: 13 }, hyperparameters: { dropout: 0.4, l2: 0.01 } },
  ],
  [
    'class weights',
    { training: { batchSize: 24, epochs: 13, classWeights: 'balanced' } },
    { classes: [0, 1, 2] },
  ],
  ['data that is fed', { training: { batchSize: 24, epochs: 13, classWeights: 'balanced' } }, fed()],
]

for (const [name, given, more] of cases) {
  test(`${name}: compiled and eager steps give the same losses, metrics and weights`, async () => {
    const run = async (executor: ExecutorName) => train({ ...(await smallTraining(given, more)), executor })
    const [eager, graph] = [await run('eager'), await run('graph')]
    assert.deepEqual([eager.executor, graph.executor], ['eager', 'graph'])
    sameRun(graph, eager)
  })
}

for (const head of [classifier, regressor]) {
  test(`XLA and eager steps give the same for ${head.loss}`, async () => {
    const given = {
      head,
      training: { batchSize: 24, epochs: 13 },
      hyperparameters: { dropout: 0.3, l2: 0.01 },
    }
    const run = async (executor: ExecutorName) => train({ ...(await smallTraining(given)), executor })
    const [eager, xla] = [await run('eager'), await run('xla')]
    assert.equal(xla.executor, 'xla')
    assert.ok(xla.compileSeconds > 0.1 && xla.compileSeconds < 600, `${xla.compileSeconds} s`)
    sameRun(xla, eager)
  })
}

test('a training that XLA ran goes on with XLA and ends with the same bits', async () => {
  const given = {
    training: { batchSize: 24, epochs: 6, deterministic: true },
    hyperparameters: { dropout: 0.3 },
  }
  const whole = await train({ ...(await smallTraining(given)), executor: 'xla' })
  const { checkpoints } = keptCheckpoints((count) => {
    if (count === 3) throw new Error('killed')
  })
  const timing = { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 }
  const part = { checkpoints, checkpointTiming: timing }
  await assert.rejects(train({ ...(await smallTraining(given, part)), executor: 'xla' }), /killed/)
  const resumed = await train(await smallTraining(given, part))
  assert.equal(resumed.executor, 'xla')
  assert.deepEqual(resumed.weights.bytes, whole.weights.bytes)
  assert.deepEqual(resumed.history, whole.history)
})

test('a model that can not be traced trains eagerly, and the warning names the operation', async () => {
  const { tf } = await testTensorFlow()
  const outside = tf.scalar(2)
  const { executor, warnings, ...trained } = await trainedWith((hidden) => tf.mul(hidden, outside))
  assert.equal(executor, 'eager')
  assert.deepEqual(
    [trained.executorReason, trained.compileSeconds],
    ['Mul reads a tensor from outside the step', 0],
  )
  assert.match(warnings[0]?.detail ?? '', /Mul reads a tensor from outside the step/)
  outside.dispose()
})

test('an operation that runs alone but not in a graph is named by the warning, and the training runs eagerly', async () => {
  const { tf } = await testTensorFlow()
  const operations = operationsOf(tf)
  // Its kernel gives what it is given; only a graph looks at the shape that it is told.
  const attributes = [typeAttribute('dtype', DataType.FLOAT), shapeAttribute('shape', [7])]
  const same = (x: Tensor) => operations.one('PlaceholderWithDefault', attributes, [x])
  const { executor, warnings, history } = await trainedWith((hidden) =>
    tf.customGrad((x) => ({ value: same(x as Tensor), gradFunc: (dy) => dy as Tensor }))(hidden),
  )
  assert.deepEqual([executor, history.length], ['eager', 2])
  assert.match(warnings[0]?.detail ?? '', /can not be compiled: PlaceholderWithDefault is refused: /)
})

test('an eager training that was interrupted still tells which operation can not be compiled', async () => {
  const { tf } = await testTensorFlow()
  const outside = tf.scalar(2)
  const { checkpoints } = keptCheckpoints((count) => {
    if (count === 2) throw new Error('killed')
  })
  const part = { checkpoints, checkpointTiming: { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 } }
  const run = () => trainedWith((hidden) => tf.mul(hidden, outside), part)
  await assert.rejects(run(), /killed/)
  const { executor, executorReason, warnings } = await run()
  assert.deepEqual([executor, executorReason], ['eager', 'Mul reads a tensor from outside the step'])
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['not-compiled'],
  )
  outside.dispose()
})

for (const [what, noise] of [
  ['a layer of the rows', (tf: TensorFlow, { shape }: Tensor) => tf.randomNormal(shape)],
  ['a vector for all rows', (tf: TensorFlow) => tf.randomUniform([16])],
  ['a number', (tf: TensorFlow) => tf.scalar(Math.random())],
] as const) {
  test(`random values that JavaScript makes, ${what}, are never frozen: the training runs eagerly`, async () => {
    const { tf } = await testTensorFlow()
    const numTensors = tf.memory().numTensors
    const { executor, warnings, history } = await trainedWith((hidden) =>
      tf.add(hidden, tf.mul(noise(tf, hidden), tf.onesLike(hidden))),
    )
    assert.deepEqual(
      [executor, warnings.map(({ code }) => code), history.length],
      ['eager', ['not-compiled'], 2],
    )
    assert.match(warnings[0]?.detail ?? '', /Mul reads values that JavaScript makes anew each time/)
    assert.equal(tf.memory().numTensors, numTensors)
  })
}

test('a step that is refused leaves weights and moving averages as they were', async () => {
  const { tf } = await testTensorFlow()
  const family = { ...mlp, build: normalised }
  const given = await smallTraining({ training: { epochs: 1 } })
  const before: unknown[] = []
  const after: unknown[] = []
  let model: LayersModel | undefined
  function normalised(context: Parameters<typeof mlp.build>[0]): LayersModel {
    const input = tf.input({ shape: [3] })
    const normal = tf.layers.batchNormalization().apply(input)
    model = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: context.shapes.units }).apply(
        // tfjs draws this layer's noise in JavaScript
        tf.layers.gaussianNoise({ stddev: 0.1 }).apply(normal as SymbolicTensor) as SymbolicTensor,
      ) as SymbolicTensor,
    })
    before.push(...readWeights(model).map(({ values }) => values.slice()))
    return model
  }
  const onWarning = () => after.push(...readWeights(model as LayersModel).map(({ values }) => values.slice()))
  assert.equal((await train({ ...given, family, onWarning })).executor, 'eager')
  assert.equal(after.length, 6)
  assert.deepEqual(after, before)
})

test('values that JavaScript makes from a seed are the same at each step, and are compiled', async () => {
  const { tf } = await testTensorFlow()
  const { executor, warnings } = await trainedWith((hidden) =>
    tf.mul(hidden, tf.randomNormal([16], 1, 0.1, 'float32', 7)),
  )
  assert.deepEqual([executor, warnings], ['graph', []])
})

/** Two epochs of a model whose hidden layer's output goes through `change`. */
async function trainedWith(change: (hidden: Tensor) => Tensor, more: Partial<TrainOptions> = {}) {
  const warnings: TrainingWarning[] = []
  const given = await smallTraining({ training: { epochs: 2 } })
  const { family } = given
  const changed = {
    ...family,
    build(context: Parameters<typeof family.build>[0]) {
      const model = family.build(context)
      const [, hidden] = model.layers
      const call = hidden?.call.bind(hidden) as NonNullable<typeof hidden>['call']
      Object.assign(hidden as object, {
        call: (...inputs: Parameters<typeof call>) => change(call(...inputs) as Tensor),
      })
      return model
    },
  }
  const onWarning = (each: TrainingWarning) => void warnings.push(each)
  const trained = await train({ ...given, ...more, family: changed, onWarning })
  return { ...trained, warnings }
}

test('results do not depend on how steps are grouped, and every handle is freed', async () => {
  const { tf, liveHandles } = await testTensorFlow()
  const before = [liveHandles(), tf.memory().numTensors]
  const given = await smallTraining({ training: { batchSize: 24, epochs: 5, deterministic: true } })
  const [once, again] = [await train(given), await train(given)]
  assert.deepEqual(once.weights.bytes, again.weights.bytes)
  assert.deepEqual(once.history, again.history)
  assert.deepEqual([liveHandles(), tf.memory().numTensors], before)
})

test('data that is fed gives the bits of data that lies in the session, resumed anywhere', async () => {
  const given = { training: { batchSize: 24, epochs: 5, deterministic: true } }
  const resident = await train(await smallTraining(given))
  const { checkpoints } = keptCheckpoints((count) => {
    if (count === 3) throw new Error('killed')
  })
  const checkpointTiming = { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 }
  const fedAndKept = await smallTraining(given, { residentBytes: 0, checkpoints, checkpointTiming })
  await assert.rejects(train(fedAndKept), /killed/)
  const resumed = await train(fedAndKept)
  assert.deepEqual(resumed.weights.bytes, resident.weights.bytes)
  assert.deepEqual(resumed.history, resident.history)
})

test('rows that were gathered for another call are not used', async (t) => {
  const features = Float32Array.from({ length: 8 }, (_, i) => i)
  const targets = Float32Array.from({ length: 8 }, (_, i) => -i)
  const { tf, liveHandles } = await testTensorFlow()
  const before = liveHandles()
  const source = streamedRows(
    { features, inputShape: [1], targets, rowWeights: null, soft: null },
    reserveBlocks(tf),
  )
  t.after(() => {
    source.dispose?.()
    assert.equal(liveHandles(), before)
  })
  const size = { steps: 2, batch: 2 }
  const order = Int32Array.of(5, 3, 1, 7, 2, 0)
  const part = (from: number, to: number) => order.subarray(from, to)
  source.prepare?.([part(0, 2), part(2, 4)], size)
  const [x, y] = source.feed([part(2, 4), part(4, 6)], size)
  assert.deepEqual([x?.values, y?.values], [Float32Array.of(1, 7, 2, 0), Float32Array.of(-1, -7, -2, -0)])
  source.prepare?.([part(0, 2)], size)
  const [again] = source.feed([part(0, 2)], size)
  const values = again?.values as Float32Array | undefined
  assert.deepEqual(values?.subarray(0, 2), Float32Array.of(5, 3))
})

type Trained = Awaited<ReturnType<typeof train>>

function sameRun(actual: Trained, expected: Trained): void {
  actual.history.forEach((metrics, epoch) => {
    for (const [name, value] of Object.entries(metrics)) {
      near(value, expected.history[epoch]?.[name] as number, `${name} of epoch ${epoch + 1}`)
    }
  })
  const [weights, others] = [actual, expected].map(({ weights: { bytes } }) => new Float32Array(bytes.buffer))
  weights?.forEach((value, i) => {
    assert.ok(Math.abs(value - (others?.[i] as number)) < 1e-3)
  })
}

function near(actual: number, expected: number, what: string): void {
  const difference = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-3)
  assert.ok(difference < 1e-4, `${what}: ${actual}, expected ${expected}`)
}

function adamw(): TrainingOptions {
  const schedule = { name: 'cosine' as const, warmupEpochs: 1 }
  return { batchSize: 16, epochs: 10, optimizer: { name: 'adamw', learningRate: 0.01 }, schedule }
}

function momentum(): TrainingOptions {
  const optimizer = { name: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true }
  return { batchSize: 16, epochs: 10, optimizer, gradientClipping: { globalNorm: 0.5, value: 0.2 } }
}

function fed(): Partial<TrainOptions> {
  return { classes: [0, 1, 2], residentBytes: 0 }
}
