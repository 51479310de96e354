import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import type { FlywheelError } from '../../src/contracts/errors.js'
import { statelessNormal, statelessUniform } from '../../src/tensorflow/kernels/stateless-random.js'
import { augmentRows } from '../../src/training/augmentations/augment-rows.js'
import { type Augmented, kindOf } from '../../src/training/augmentations/augmentation.js'
import { checkAugmentations } from '../../src/training/augmentations/check-augmentations.js'
import { resolveTraining, type TrainingOptions } from '../../src/training/options.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { train } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { keptCheckpoints, smallTraining } from './small-training.js'

const { tf } = await testTensorFlow()
const noise = { name: 'noise', deviation: 0.5 }

test('random numbers follow from seed and step, and are spread as they should be', () => {
  const draw = (kind: typeof statelessNormal, seed: number, step: number) =>
    tf.tidy(() => kind(tf, { shape: [200, 100], seed, step: tf.scalar(step, 'int32') }).dataSync())
  for (const kind of [statelessUniform, statelessNormal]) {
    const first = draw(kind, 7, 3)
    assert.deepEqual(draw(kind, 7, 3), first)
    assert.notDeepEqual(draw(kind, 7, 4), first)
    assert.notDeepEqual(draw(kind, 8, 3), first)
    assert.ok(first.every(Number.isFinite))
  }
  const moments = (values: ArrayLike<number>) => {
    const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
    const variance = Array.from(values).reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return [mean, variance] as const
  }
  const [mean, variance] = moments(draw(statelessUniform, 1, 1))
  assert.ok(Math.abs(mean - 0.5) < 0.01 && Math.abs(variance - 1 / 12) < 0.005)
  const normal = draw(statelessNormal, 1, 1)
  const [centre, spread] = moments(normal)
  assert.ok(Math.abs(centre) < 0.03 && Math.abs(spread - 1) < 0.04)
  const beyond = normal.filter((value) => Math.abs(value) > 1.96).length / normal.length
  assert.ok(Math.abs(beyond - 0.05) < 0.01, `${beyond}`)
})

/** 1,000 rows of a number, one a thousand times as large, a flag and a constant. */
const features = Float32Array.from({ length: 4000 }, (_, at) => {
  const row = at >> 2
  return [Math.sin(row), 1000 * Math.cos(row), row % 2, 3][at % 4] as number
})
const rows = Int32Array.from({ length: 1000 }, (_, row) => row)

test('noise is in proportion to what a column varies by, and leaves flags and constants as they are', () => {
  let step = 0
  const augment = augmentRows([noise], {
    tf,
    seed: 42,
    step: () => tf.scalar(step, 'int32'),
    input: { shape: [4] },
    features,
    training: rows,
  })
  const changes = () =>
    tf.tidy(() => {
      const x = tf.tensor2d(features, [1000, 4])
      return (augment as (x: Tensor) => Augmented)(x).x.sub(x).transpose().arraySync() as number[][]
    })
  const [small = [], large = [], flag, constant] = changes()
  const deviation = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / 1000)
  assert.ok(Math.abs(deviation(small) - 0.5 * Math.SQRT1_2) < 0.03, `${deviation(small)}`)
  assert.ok(Math.abs(deviation(large) - 500 * Math.SQRT1_2) < 30, `${deviation(large)}`)
  assert.deepEqual([new Set(flag), new Set(constant)], [new Set([0]), new Set([0])])
  assert.deepEqual(changes()[0], small)
  step = 1
  assert.notDeepEqual(changes()[0], small)
})

for (const executor of ['graph', 'xla'] as const) {
  test(`noise that ${executor} draws is that of eager steps, and no step’s is another’s`, async () => {
    const given = { training: { batchSize: 24, epochs: 8, augmentation: [noise] } }
    const run = async (name: ExecutorName) => train({ ...(await smallTraining(given)), executor: name })
    const [eager, compiled] = [await run('eager'), await run(executor)]
    assert.deepEqual([eager.executor, compiled.executor], ['eager', executor])
    for (const [index, epoch] of compiled.history.entries()) {
      assert.ok(Math.abs((epoch.loss ?? 0) - (eager.history[index]?.loss ?? 0)) < 1e-4, `epoch ${index}`)
    }
    const plain = await train({
      ...(await smallTraining({ training: { batchSize: 24, epochs: 8 } })),
      executor,
    })
    assert.notEqual(compiled.history[0]?.loss, plain.history[0]?.loss)
  })
}

test('rows that are validated are never changed', async () => {
  const still = { optimizer: { name: 'sgd', learningRate: 1e-30 }, epochs: 2, batchSize: 24 }
  const run = async (training: TrainingOptions) => (await train(await smallTraining({ training }))).history
  const [changed, plain] = [await run({ ...still, augmentation: [noise] }), await run(still)]
  assert.notEqual(changed[0]?.loss, changed[1]?.loss)
  assert.equal(changed[0]?.val_loss, plain[0]?.val_loss)
  assert.equal(changed[1]?.val_loss, plain[0]?.val_loss)
})

test('a training with noise that was interrupted ends with the same bits', async () => {
  const given = { training: { batchSize: 24, epochs: 6, deterministic: true, augmentation: [noise] } }
  const whole = await train(await smallTraining(given))
  const { checkpoints } = keptCheckpoints((count) => {
    if (count === 3) throw new Error('killed')
  })
  const part = { checkpoints, checkpointTiming: { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 } }
  await assert.rejects(train(await smallTraining(given, part)), /killed/)
  const resumed = await train(await smallTraining(given, part))
  assert.deepEqual(resumed.weights.bytes, whole.weights.bytes)
})

test('batches whose gradients are accumulated get noise of their own, compiled as eager', async () => {
  const training = { batchSize: 8, gradientAccumulationSteps: 3, epochs: 5, augmentation: [noise] }
  const run = async (executor: ExecutorName) => train({ ...(await smallTraining({ training })), executor })
  const [eager, graph] = [await run('eager'), await run('graph')]
  assert.ok(Math.abs((graph.history[4]?.loss ?? 0) - (eager.history[4]?.loss ?? 1)) < 1e-4)
})

test('options are filled in; unknown ones and augmentations for other rows are refused by name', () => {
  const resolved = resolveTraining({ augmentation: [{ name: 'noise' }] }, { rows: 100 })
  assert.deepEqual(resolved.augmentation, [{ name: 'noise', deviation: 0.1 }])
  const refusal = (path: string) => (error: FlywheelError) => error.errors[0]?.path === path
  assert.throws(
    () => resolveTraining({ augmentation: [{ name: 'noise', deviation: 0 }] }, { rows: 100 }),
    refusal('training.augmentation[0].deviation'),
  )
  assert.throws(
    () => resolveTraining({ augmentation: [{ deviation: 0.1 }] }, { rows: 100 }),
    refusal('training.augmentation[0].name'),
  )
  const tokens = { shape: [8], tokens: 100 }
  assert.equal(kindOf(tokens), 'tokens')
  assert.throws(() => checkAugmentations([noise], tokens), refusal('training.augmentation[0].name'))
  checkAugmentations([noise], { shape: [8, 8, 1] })
})
