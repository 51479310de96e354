import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlywheelError } from '../../src/contracts/errors.js'
import type { JobProgress } from '../../src/contracts/job.js'
import { train } from '../../src/training/train.js'
import { unpackTensors } from '../../src/training/weights.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { keptCheckpoints, regressor, smallTraining } from './small-training.js'

const hasCode = (code: string) => (error: FlywheelError) => error.code === code

test('training lowers the loss, reports every epoch and frees everything', async () => {
  const { tf, liveHandles } = await testTensorFlow()
  const [handles, { numTensors }] = [liveHandles(), tf.memory()]
  const options = await smallTraining({ training: { epochs: 12, optimizer: { learningRate: 0.01 } } })
  const { history, stepsRun, bestEpoch, stoppedEarly } = await train(options)
  assert.equal(stepsRun, 12 * 3)
  assert.deepEqual(Object.keys(history[0] ?? {}), ['epoch', 'loss', 'accuracy', 'val_loss', 'val_accuracy'])
  assert.ok((history[11]?.loss as number) < 0.7 * (history[0]?.loss as number))
  assert.ok((history[11]?.val_accuracy as number) > 0.7)
  assert.ok(bestEpoch !== null && !stoppedEarly)
  assert.equal(liveHandles(), handles)
  assert.equal(tf.memory().numTensors, numTensors)
})

test('a regression reports mse and mae', async () => {
  const options = await smallTraining({ head: regressor, training: { epochs: 3 } })
  const { history } = await train(options)
  assert.ok(Math.abs((history[2]?.mse as number) - (history[2]?.loss as number)) < 1e-6)
  assert.ok((history[2]?.val_mae as number) > 0)
})

test('the same seed gives the same bits, another seed others', async () => {
  const bytes = async (seed: number) => {
    const options = await smallTraining({ training: { epochs: 2, seed }, hyperparameters: { dropout: 0.2 } })
    return (await train(options)).weights.bytes
  }
  assert.deepEqual(await bytes(1), await bytes(1))
  assert.notDeepEqual(await bytes(1), await bytes(2))
})

for (const optimizer of [
  { name: 'adamw' },
  { name: 'sgd', momentum: 0.9, learningRate: 0.05 },
  { name: 'rmsprop' },
]) {
  test(`a training with ${optimizer.name} that is resumed anywhere ends with the same bits`, async () => {
    const settings = {
      training: {
        epochs: 6,
        batchSize: 8,
        optimizer,
        schedule: { name: 'cosine' },
        earlyStopping: { patience: 50 },
      },
      hyperparameters: { dropout: 0.3, l2: 0.001 },
    }
    const straight = await train(await smallTraining(settings))
    assert.equal(straight.stepsRun, 60)
    const resumedAt: number[] = []
    for (const stopAfter of [1, 2, 4, 7]) {
      const controller = new AbortController()
      const { checkpoints, saved } = keptCheckpoints(
        (count) => count === stopAfter && controller.abort('cancelled'),
      )
      const options = await smallTraining(settings, {
        checkpoints,
        checkpointTiming: { firstAfterMs: 0, everyMs: 0, maxShare: Infinity },
      })
      await assert.rejects(
        train({ ...options, signal: controller.signal }),
        (reason) => reason === 'cancelled',
      )
      resumedAt.push(JSON.parse(saved.at(-1)?.meta ?? '').state.step)
      const resumed = await train(options)
      assert.deepEqual(resumed.weights, straight.weights)
      assert.deepEqual(resumed.optimizer, straight.optimizer)
      assert.deepEqual(resumed.history, straight.history)
    }
    assert.ok(
      resumedAt.some((step) => step % 10 !== 0),
      'some of them in the middle of an epoch',
    )
  })
}

test('an update goes on from weights and optimizer state as if it had never stopped', async () => {
  const options = await smallTraining({ training: { epochs: 4, batchSize: 80 } })
  const first = await train(options)
  const { history } = await train({
    ...options,
    initial: { weights: first.weights, optimizer: first.optimizer },
  })
  const eight = await train({ ...options, training: { ...options.training, epochs: 8 } })
  const losses = [...first.history, ...history].map(({ loss }) => loss as number)
  for (const [i, { loss }] of eight.history.entries()) {
    assert.ok(Math.abs((loss as number) - (losses[i] as number)) < 1e-5)
  }
})

test('shutdown saves a checkpoint at once, other reasons do not', async () => {
  const savedAfter = async (reason: string) => {
    const { checkpoints, saved } = keptCheckpoints()
    const controller = new AbortController()
    const options = await smallTraining(
      { training: { epochs: 50 } },
      { checkpoints, signal: controller.signal },
    )
    const onEpoch = () => controller.abort(reason)
    await assert.rejects(train({ ...options, onEpoch }), (thrown) => thrown === reason)
    return saved.length
  }
  assert.equal(await savedAfter('shutdown'), 1)
  assert.equal(await savedAfter('cancelled'), 0)
})

test('a checkpoint of another training is not resumed', async () => {
  const { checkpoints } = keptCheckpoints()
  const checkpointTiming = { firstAfterMs: 0, everyMs: 0 }
  await train(await smallTraining({ training: { epochs: 1 } }, { checkpoints, checkpointTiming }))
  const { stepsRun } = await train(await smallTraining({ training: { epochs: 2 } }, { checkpoints }))
  assert.equal(stepsRun, 6)
})

test('early stopping ends training and keeps the best epoch’s weights', async () => {
  const training = {
    deterministic: true,
    epochs: 200,
    earlyStopping: { patience: 2 },
    optimizer: { learningRate: 0.2 },
  }
  const stopped = await train(await smallTraining({ training }))
  assert.ok(stopped.stoppedEarly && stopped.bestWeightsRestored)
  assert.equal(stopped.history.length, (stopped.bestEpoch as number) + 2)
  const exactly = { ...training, epochs: stopped.bestEpoch as number, earlyStopping: null }
  const upToBest = await train(await smallTraining({ training: exactly }))
  assert.deepEqual(stopped.weights.bytes, upToBest.weights.bytes)
})

test('the best epoch is the one whose weights were kept, though later losses were a little lower', async () => {
  const training = {
    deterministic: true,
    epochs: 40,
    earlyStopping: { patience: 40, minDelta: 0.1 },
    optimizer: { learningRate: 0.05 },
  }
  const trained = await train(await smallTraining({ training }))
  const losses = trained.history.map(({ val_loss }) => val_loss as number)
  const lowest = losses.indexOf(Math.min(...losses)) + 1
  assert.ok(trained.bestWeightsRestored && (trained.bestEpoch as number) < lowest)
  const exactly = { ...training, epochs: trained.bestEpoch as number, earlyStopping: null }
  const upToBest = await train(await smallTraining({ training: exactly }))
  assert.deepEqual(trained.weights.bytes, upToBest.weights.bytes)
})

test('a loss that is not finite ends training with the step and the last finite loss', async () => {
  const training = { epochs: 50, optimizer: { name: 'sgd', learningRate: 100 } }
  const options = await smallTraining({ head: regressor, training })
  await assert.rejects(
    train(options),
    (error: FlywheelError) =>
      error.code === 'training-diverged' &&
      /at step \d+/.test(error.message) &&
      typeof error.members.lastFiniteLoss === 'number',
  )
})

test('a target that is no class is refused, unless its row is not used', async () => {
  const options = await smallTraining({ training: { epochs: 1 } })
  const withTarget = (row: number, value: number) => {
    const targets = options.data.targets.slice()
    targets[row] = value
    return { ...options, data: { ...options.data, targets, training: options.data.training.subarray(1) } }
  }
  const { liveHandles } = await testTensorFlow()
  const handles = liveHandles()
  await assert.rejects(train(withTarget(5, 3)), hasCode('dataset-invalid'))
  await assert.rejects(train(withTarget(5, Number.NaN)), hasCode('dataset-invalid'))
  await train(withTarget(0, Number.NaN))
  assert.equal(liveHandles(), handles)
})

test('a training without rows is refused', async () => {
  const options = await smallTraining()
  const data = { ...options.data, training: new Int32Array(0) }
  await assert.rejects(train({ ...options, data }), hasCode('dataset-invalid'))
})

test('a training over its time limit ends with that cause', async () => {
  const options = await smallTraining({ training: { epochs: 10_000 } })
  const training = { ...options.training, timeLimitSeconds: 0.05 }
  await assert.rejects(train({ ...options, training }), hasCode('time-limit'))
})

test('progress tells step, epoch, metrics and the time that is left', async () => {
  const told: JobProgress[] = []
  const options = await smallTraining({ training: { epochs: 2 } })
  await train({ ...options, onProgress: (progress) => told.push(progress) })
  assert.deepEqual(
    told.filter(({ step }) => step === 3 || step === 6).map(({ step, steps, epoch }) => [step, steps, epoch]),
    [
      [3, 6, 2],
      [6, 6, 2],
    ],
  )
  assert.ok((told.at(-1)?.metrics.val_loss ?? 0) > 0)
  assert.equal(told.at(-1)?.secondsLeft, 0)
})

test('stored weights come back as they were', async () => {
  const { weights } = await train(await smallTraining({ training: { epochs: 1 } }))
  const tensors = unpackTensors(weights)
  assert.deepEqual(
    tensors.map(({ name, shape }) => [name, ...shape]),
    [
      ['hidden_1/kernel', 3, 16],
      ['hidden_1/bias', 16],
      ['logits/kernel', 16, 3],
      ['logits/bias', 3],
    ],
  )
  assert.throws(
    () => unpackTensors({ ...weights, bytes: weights.bytes.subarray(4) }),
    hasCode('artifact-damaged'),
  )
})
