import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import type { FlywheelError } from '../../src/contracts/errors.js'
import cnn from '../../src/models/cnn.js'
import { augmentRows } from '../../src/training/augmentations/augment-rows.js'
import type { Augmented } from '../../src/training/augmentations/augmentation.js'
import { betaQuantiles } from '../../src/training/augmentations/beta-quantiles.js'
import { checkAugmentations } from '../../src/training/augmentations/check-augmentations.js'
import { resolveTraining, type TrainingOptions } from '../../src/training/options.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { type TrainOptions, train } from '../../src/training/train.js'
import { drawnLines } from '../support/image-table.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { keptCheckpoints } from './small-training.js'

const { tf } = await testTensorFlow()
const ROWS = 400
const SIDE = 8
const SIZE = SIDE * SIDE

/** Bright at the left edge, dark at the right one, with a bright bar at the top. */
const picture = Float32Array.from({ length: SIZE }, (_, at) => {
  const [x, y] = [at % SIDE, Math.floor(at / SIDE)]
  return y === 0 ? 1 : (SIDE - 1 - x) / SIDE
})
const features = new Float32Array(ROWS * SIZE)
for (let row = 0; row < ROWS; row++) features.set(picture, row * SIZE)
const rows = Int32Array.from({ length: ROWS }, (_, row) => row)

/** What becomes of many copies of the picture in one step: each [height][width], and what is left of each. */
function augmented(name: string, options: object = {}, step = 0, seed = 1) {
  const [chosen] = resolveTraining({ augmentation: [{ name, ...options }] }, { rows: 100 }).augmentation
  const augment = augmentRows([chosen as never], {
    tf,
    seed,
    step: () => tf.scalar(step, 'int32'),
    input: { shape: [SIDE, SIDE, 1] },
    features,
    training: rows,
  }) as (x: Tensor) => Augmented
  return tf.tidy(() => {
    const { x, share } = augment(tf.tensor4d(features, [ROWS, SIDE, SIDE, 1]))
    assert.deepEqual(x.shape, [ROWS, SIDE, SIDE, 1])
    return {
      images: x.squeeze([3]).arraySync() as number[][][],
      share: share?.arraySync() as number[] | undefined,
    }
  })
}

const whole = Array.from({ length: SIDE }, (_, y) => [...picture.subarray(y * SIDE, (y + 1) * SIDE)])
const mirrored = whole.map((line) => [...line].reverse())
const isLike = (image: number[][], other: number[][]) =>
  image.every((line, y) => line.every((value, x) => Math.abs(value - (other[y]?.[x] ?? Number.NaN)) < 1e-5))
const sumOf = (image: number[][]) => image.flat().reduce((sum, value) => sum + value, 0)

test('a flip mirrors half of the images, exactly, and leaves the others as they are', () => {
  const { images } = augmented('flip')
  const flipped = images.filter((image) => isLike(image, mirrored)).length
  assert.equal(flipped + images.filter((image) => isLike(image, whole)).length, ROWS)
  assert.ok(Math.abs(flipped - ROWS / 2) < 40, `${flipped}`)
  const both = augmented('flip', { direction: 'both' }).images
  const turned = mirrored.toReversed()
  assert.ok(Math.abs(both.filter((image) => isLike(image, turned)).length - ROWS / 4) < 40)
  const upside = augmented('flip', { direction: 'vertical' }).images
  assert.ok(upside.every((image) => isLike(image, whole) || isLike(image, whole.toReversed())))
})

test('a shift moves the picture by at most its distance, with its edge beside it', () => {
  const { images } = augmented('shift', { distance: 0.25 })
  // Moved right by d pixels, the left column is what stood at 0, the last one what stood d before the end.
  const brightest = images.map((image) => Math.max(...(image[4] ?? [])))
  const least = Math.min(...brightest)
  assert.ok(least >= (SIDE - 1 - 2) / SIDE - 1e-5 && least < 0.7, `${least}`)
  assert.ok(new Set(brightest.map((value) => value.toFixed(4))).size > 50)
})

test('a rotation by 180° at most turns some pictures over, and one of a few degrees none', () => {
  const top = (image: number[][]) => (image[0] ?? []).reduce((sum, value) => sum + value, 0) / SIDE
  const little = augmented('rotate', { degrees: 5 }).images
  assert.ok(
    little.every((image) => top(image) > 0.75),
    'the bar stays at the top',
  )
  const wide = augmented('rotate', { degrees: 180 }).images
  assert.ok(wide.some((image) => top(image) < 0.5) && wide.some((image) => top(image) > 0.9))
  const middle = (image: number[][]) => ((image[3]?.[3] ?? 0) + (image[4]?.[4] ?? 0)) / 2
  assert.ok(
    wide.every((image) => Math.abs(middle(image) - middle(whole)) < 0.05),
    'about the middle',
  )
})

test('a scale makes pictures larger and smaller, and a crop shows a part of them', () => {
  const slope = (image: number[][]) => (image[4]?.[2] ?? 0) - (image[4]?.[5] ?? 0)
  const slopes = augmented('scale', { zoom: 0.5 }).images.map(slope)
  const own = slope(whole)
  assert.ok(Math.min(...slopes) < 0.75 * own && Math.max(...slopes) > 1.5 * own, `${own}`)
  const parts = augmented('crop', { least: 0.5 }).images
  assert.ok(parts.every((image) => slope(image) <= own + 1e-5 && slope(image) >= 0.5 * own - 1e-5))
  assert.ok(new Set(parts.map((image) => slope(image).toFixed(3))).size > 50)
  assert.ok(parts.every((image) => image.flat().every((value) => value >= 0 && value <= 1)))
})

test('brightness and contrast change pictures within what the training images hold', () => {
  const own = sumOf(whole)
  const bright = augmented('brightness', { brightness: 0.5 }).images
  assert.ok(bright.some((image) => sumOf(image) > own + 5) && bright.some((image) => sumOf(image) < own - 5))
  const strong = augmented('contrast', { contrast: 0.9 }).images
  const spread = (image: number[][]) => (image[4]?.[0] ?? 0) - (image[4]?.[7] ?? 0)
  assert.ok(
    strong.some((image) => spread(image) < 0.3) && strong.some((image) => spread(image) > spread(whole)),
  )
  for (const image of [...bright, ...strong]) {
    assert.ok(image.flat().every((value) => value >= -1e-6 && value <= 1 + 1e-6))
  }
})

test('a cutout covers one square with the mean of the training pixels', () => {
  const mean = sumOf(whole) / SIZE
  for (const image of augmented('cutout', { side: 0.5 }).images) {
    const covered = image.flat().filter((value, at) => Math.abs(value - (picture[at] ?? 0)) > 1e-6)
    assert.ok(covered.length <= 25 && covered.every((value) => Math.abs(value - mean) < 1e-5))
  }
})

describe('mixup', () => {
  test('mixes images with the ones before them, and says in what shares', () => {
    const own = new Float32Array(features)
    for (let at = 0; at < SIZE; at++) own[at] = 5 // the first row is another one
    const augment = augmentRows([{ name: 'mixup', alpha: 1 }], {
      tf,
      seed: 1,
      step: () => tf.scalar(0, 'int32'),
      input: { shape: [SIDE, SIDE, 1] },
      features: own,
      training: rows,
    }) as (x: Tensor) => Augmented
    const [first, second, third, shares] = tf.tidy(() => {
      const { x, share } = augment(tf.tensor4d(own, [ROWS, SIDE, SIDE, 1]))
      const at = (row: number) => (x.slice([row, 4, 4, 0], [1, 1, 1, 1]).dataSync()[0] ?? 0) as number
      return [at(0), at(1), at(2), share?.arraySync() as number[]] as const
    })
    const plain = whole[4]?.[4] ?? 0
    const [a = 0, b = 0] = shares
    assert.ok(Math.abs(first - (5 * a + plain * (1 - a))) < 1e-5)
    assert.ok(Math.abs(second - (plain * b + 5 * (1 - b))) < 1e-5)
    assert.ok(Math.abs(third - plain) < 1e-5)
  })

  test('draws shares from the symmetric Beta distribution', () => {
    for (const alpha of [0.2, 0.5, 1, 4]) {
      const quantiles = betaQuantiles(alpha, 1024)
      const mean = quantiles.reduce((sum, value) => sum + value, 0) / 1024
      const variance = quantiles.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1024
      assert.ok(Math.abs(mean - 0.5) < 1e-3, `${alpha}: ${mean}`)
      assert.ok(Math.abs(variance - 1 / (4 * (2 * alpha + 1))) < 2e-3, `${alpha}: ${variance}`)
    }
    assert.ok(betaQuantiles(1, 4).every((value, at) => Math.abs(value - (at + 0.5) / 4) < 1e-4))
  })

  test('may stand in a list once', () => {
    const twice = [{ name: 'mixup' }, { name: 'flip' }, { name: 'mixup' }]
    assert.throws(
      () => checkAugmentations(twice, { shape: [8, 8, 1] }),
      (error: FlywheelError) => error.errors[0]?.path === 'training.augmentation[2].name',
    )
  })
})

test('each is another at another step, and the same for the same seed and step', () => {
  for (const name of ['flip', 'rotate', 'scale', 'shift', 'crop', 'brightness', 'contrast', 'cutout']) {
    const first = augmented(name).images
    assert.deepEqual(augmented(name).images, first, name)
    assert.notDeepEqual(augmented(name, {}, 1).images, first, name)
    assert.notDeepEqual(augmented(name, {}, 0, 2).images, first, name)
  }
})

test('they are refused for rows that are no images', () => {
  for (const name of [
    'flip',
    'rotate',
    'scale',
    'shift',
    'crop',
    'brightness',
    'contrast',
    'cutout',
    'mixup',
  ]) {
    assert.throws(
      () => checkAugmentations([{ name }], { shape: [8] }),
      (error: FlywheelError) => error.errors[0]?.path === 'training.augmentation[0].name',
    )
  }
})

describe('a convolutional network learns from changed images', () => {
  const count = 60
  const lines = drawnLines(count)
  const own = new Float32Array(count * SIZE)
  for (const [row, data] of lines.entries()) own.set(data.map(Number), row * SIZE)
  for (let at = 0; at < own.length; at++) own[at] = (own[at] as number) / 255
  const all = [
    'flip',
    'rotate',
    'scale',
    'shift',
    'crop',
    'brightness',
    'contrast',
    'noise',
    'cutout',
    'mixup',
  ]
  const augmentation = all.map((name) => ({ name }))

  function options(training: TrainingOptions, executor?: ExecutorName): TrainOptions {
    const given = { epochs: 6, batchSize: 8, validationSplit: 0, earlyStopping: null, ...training }
    return {
      tf,
      family: cnn,
      hyperparameters: {
        filters: [4],
        kernelSize: 3,
        padding: 'same',
        denseUnits: [8],
        activation: 'relu',
        batchNormalization: false,
        dropout: 0.2,
        l2: 1e-4,
      },
      shapes: { inputs: [{ name: 'features', shape: [SIDE, SIDE, 1] }], units: 2 },
      head: { units: 2, activation: 'softmax', loss: 'categorical-crossentropy' },
      data: {
        features: own,
        targets: Float64Array.from({ length: count }, (_, row) => row % 2),
        training: Int32Array.from({ length: 50 }, (_, row) => row),
        validation: Int32Array.from({ length: 10 }, (_, row) => 50 + row),
      },
      classes: ['across', 'down'],
      training: resolveTraining(given, { rows: count }),
      ...(executor ? { executor } : {}),
    }
  }

  test('and the losses of the compiled steps are those of eager ones', async () => {
    const eager = await train(options({ augmentation }, 'eager'))
    const graph = await train(options({ augmentation }, 'graph'))
    assert.deepEqual([eager.executor, graph.executor], ['eager', 'graph'])
    for (const [index, epoch] of graph.history.entries()) {
      assert.ok(Math.abs((epoch.loss ?? 0) - (eager.history[index]?.loss ?? 0)) < 1e-3, `epoch ${index}`)
    }
    assert.equal(eager.history.length, 6)
  })

  test('rows that are validated are not changed', async () => {
    const still = { optimizer: { name: 'sgd', learningRate: 1e-30 }, epochs: 2 }
    const changed = (await train(options({ ...still, augmentation }))).history
    const plain = (await train(options(still))).history
    assert.equal(changed[0]?.val_loss, plain[0]?.val_loss)
    assert.equal(changed[1]?.val_loss, plain[0]?.val_loss)
    assert.notEqual(changed[0]?.loss, plain[0]?.loss)
  })

  test('the same seed gives the same bits, interrupted or not', async () => {
    const deterministic = { deterministic: true, augmentation }
    const whole = await train(options(deterministic))
    assert.deepEqual((await train(options(deterministic))).weights.bytes, whole.weights.bytes)
    const { checkpoints } = keptCheckpoints((saved) => {
      if (saved === 2) throw new Error('killed')
    })
    const part = { checkpoints, checkpointTiming: { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 } }
    await assert.rejects(train({ ...options(deterministic), ...part }), /killed/)
    const resumed = await train({ ...options(deterministic), ...part })
    assert.deepEqual(resumed.weights.bytes, whole.weights.bytes)
    const other = await train(options({ ...deterministic, seed: 7 }))
    assert.notDeepEqual(other.weights.bytes, whole.weights.bytes)
  })
})
