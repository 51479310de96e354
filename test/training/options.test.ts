import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Value } from 'typebox/value'
import { FlywheelError } from '../../src/contracts/errors.js'
import { parse } from '../../src/contracts/validation.js'
import { weightRows } from '../../src/training/class-weights.js'
import { resolveTraining, Training, TrainingOptions } from '../../src/training/options.js'
import { batchesOf, epochOrder } from '../../src/training/order.js'
import { learningRateAt } from '../../src/training/schedules/learning-rate.js'

const refusedAt = (path: string) => (error: FlywheelError) =>
  error instanceof FlywheelError && error.errors.some((each) => each.path === path)

test('without options a training runs up to 100 epochs with early stopping', () => {
  const training = resolveTraining({}, { rows: 1000 })
  assert.deepEqual(training, {
    epochs: 100,
    batchSize: 32,
    gradientAccumulationSteps: 1,
    optimizer: { name: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    schedule: { name: 'constant', warmupEpochs: 0 },
    validationSplit: 0.2,
    earlyStopping: { patience: 5, minDelta: 0, restoreBestWeights: true },
    classWeights: null,
    augmentation: [],
    gradientClipping: null,
    onDivergence: 'retry',
    seed: 42,
    deterministic: false,
    timeLimitSeconds: 86_400,
  })
  assert.ok(Value.Check(Training, training))
})

test('a specification from before an option was there is read with its default', () => {
  const training = resolveTraining({}, { rows: 1000 })
  const { gradientAccumulationSteps: _, onDivergence: __, ...older } = training
  assert.deepEqual(parse(Training, older), training)
})

test('given epochs run exactly, few rows keep no validation part, many take larger batches', () => {
  assert.equal(resolveTraining({ epochs: 3 }, { rows: 1000 }).earlyStopping, null)
  const few = resolveTraining({}, { rows: 49 })
  assert.equal(few.validationSplit, 0)
  assert.equal(few.earlyStopping, null)
  assert.equal(resolveTraining({}, { rows: 100_001 }).batchSize, 256)
  assert.equal(resolveTraining({ earlyStopping: null }, { rows: 1000 }).earlyStopping, null)
})

test('what is given partly is filled in, in nested options too', () => {
  const training = resolveTraining(
    {
      epochs: 9,
      earlyStopping: { patience: 3 },
      optimizer: { learningRate: 0.1 },
      schedule: { name: 'cosine' },
    },
    { rows: 1000 },
  )
  assert.equal(training.optimizer.name, 'adam')
  assert.equal(training.optimizer.learningRate, 0.1)
  assert.deepEqual(training.earlyStopping, { patience: 3, minDelta: 0, restoreBestWeights: true })
  assert.deepEqual(training.schedule, { name: 'cosine', warmupEpochs: 0, finalFraction: 0 })
})

test('values out of bounds, unknown names and options are refused by name', () => {
  const cases: [object, string][] = [
    [{ epochs: 0 }, 'training.epochs'],
    [{ gradientAccumulationSteps: 0 }, 'training.gradientAccumulationSteps'],
    [{ gradientAccumulationSteps: 1025 }, 'training.gradientAccumulationSteps'],
    [{ epochs: 10_001 }, 'training.epochs'],
    [{ batchSize: 65_537 }, 'training.batchSize'],
    [{ batchSize: 1.5 }, 'training.batchSize'],
    [{ optimizer: { name: 'lion' } }, 'training.optimizer.name'],
    [{ optimizer: { learningRate: 0 } }, 'training.optimizer.learningRate'],
    [{ optimizer: { name: 'sgd', beta1: 0.5 } }, 'training.optimizer.beta1'],
    [{ schedule: { finalFraction: 0.5 } }, 'training.schedule.finalFraction'],
    [{ epoch: 3 }, 'training.epoch'],
    [{ classWeights: 'equal' }, 'training.classWeights'],
    [{ earlyStopping: { patience: 0 } }, 'training.earlyStopping.patience'],
    [{ validationSplit: 0, earlyStopping: { patience: 2 } }, 'training.earlyStopping'],
  ]
  for (const [options, path] of cases) {
    assert.throws(() => resolveTraining(options as TrainingOptions, { rows: 1000 }), refusedAt(path), path)
  }
})

test('no default stands inside anyOf, where Ajv would refuse it', () => {
  const inAnyOf = JSON.stringify(TrainingOptions, (key, value) =>
    key === 'anyOf' && JSON.stringify(value).includes('"default"') ? 'DEFAULT' : value,
  )
  assert.ok(!inAnyOf.includes('DEFAULT'))
})

test('the order of an epoch follows from seed and epoch, and holds every row once', () => {
  const rows = Int32Array.from({ length: 100 }, (_, i) => i + 1000)
  const order = epochOrder(rows, { seed: 1, epoch: 0 })
  assert.deepEqual(epochOrder(rows, { seed: 1, epoch: 0 }), order)
  assert.notDeepEqual(epochOrder(rows, { seed: 1, epoch: 1 }), order)
  assert.notDeepEqual(epochOrder(rows, { seed: 2, epoch: 0 }), order)
  assert.deepEqual(order.slice().sort(), rows)
})

test('batches cover an epoch, the last one may be smaller', () => {
  const order = Int32Array.from({ length: 10 }, (_, i) => i)
  const batches = batchesOf(order, { from: 1, count: 5, batchSize: 4 })
  assert.deepEqual(
    batches.map((batch) => [...batch]),
    [
      [4, 5, 6, 7],
      [8, 9],
    ],
  )
})

test('learning rates fall as Keras’s schedules do', () => {
  const rate = (schedule: NonNullable<TrainingOptions['schedule']>, epochs = 4) =>
    learningRateAt({
      learningRate: 0.1,
      schedule: resolveTraining({ schedule }, { rows: 1000 }).schedule,
      epochs,
      stepsPerEpoch: 10,
    })
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-7, `${actual}`)
  const cosine = rate({ name: 'cosine', finalFraction: 0.1 }) // CosineDecay(0.1, 40, alpha=0.1)
  near(cosine(10), 0.08681981)
  near(cosine(40), 0.01)
  near(rate({ name: 'exponential', decayRate: 0.9 })(25), 0.07684334) // ExponentialDecay(0.1, 10, 0.9)
  const step = rate({ name: 'step', everyEpochs: 1 }) // ExponentialDecay(0.1, 10, 0.5, staircase=True)
  near(step(9), 0.1)
  near(step(25), 0.025)
  const warm = rate({ warmupEpochs: 1 })
  near(warm(0), 0.01)
  near(warm(9), 0.1)
  near(warm(30), 0.1)
})

test('class weights are balanced over the training rows, or given by label', () => {
  const targets = Float64Array.of(0, 0, 0, 1, 1)
  const weights = (classWeights: Training['classWeights'], classes: string[] = ['no', 'yes']) =>
    weightRows({ classWeights, classes, targets, training: Int32Array.of(0, 1, 2, 3) })
  assert.deepEqual(weights('balanced'), Float32Array.of(2 / 3, 2 / 3, 2 / 3, 2, 2))
  assert.deepEqual(weights({ yes: 5 }), Float32Array.of(1, 1, 1, 5, 5))
  assert.equal(weights(null), undefined)
  assert.throws(() => weights({ maybe: 5 }), refusedAt('training.classWeights.maybe'))
  assert.throws(() => weights({ yes: 5 }, []), refusedAt('training.classWeights.yes'))
})
