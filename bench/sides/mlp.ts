import { readSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import mlp from '../../src/models/mlp.js'
import { findLibrary } from '../../src/tensorflow/library.js'
import { startTensorFlow } from '../../src/tensorflow/start.js'
import { compileNetwork } from '../../src/training/compiled-network.js'
import { resolveTraining } from '../../src/training/options.js'
import { train } from '../../src/training/train.js'

/*
 * Our side of the comparisons on 784-64-64-10: mlp.js compiled|fit|inference
 * compiled: seconds of an epoch of 48,000 rows, batch 32, Adam; fit: the same by tfjs's model.fit on our eager backend;
 * inference: the median time of one row, in microseconds.
 */
const rows = 48_000
const width = 784
const classes = 10
const calls = 3000

const say = (text: string | number): number => writeSync(1, `${text}\n`)
/** Waits for a line on stdin: `train` goes on when its callback returns. */
const waitForLine = (): void => {
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(0)
}

const library = findLibrary({
  folder: fileURLToPath(new URL('../../../.tensorflow', import.meta.url)),
  device: 'cpu',
})
const { tf } = await startTensorFlow({ library, device: 'cpu' })
const shapes = { inputs: [{ name: 'features', shape: [width] }], units: classes }
const hyperparameters = { hiddenUnits: [64, 64], activation: 'relu' as const, dropout: 0, l2: 0 }
const head = { units: classes, activation: 'softmax', loss: 'categorical-crossentropy' } as const
const build = () => mlp.build({ tf, shapes, hyperparameters, seed: 1 })

/** Random features; the class is that of the largest of the first ten. */
function makeData() {
  let state = 7
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0 // Numerical Recipes
    return state / 2 ** 32
  }
  // A sum of three has the normal distribution's mean and variance when it is scaled by two.
  const features = Float32Array.from({ length: rows * width }, () => 2 * (next() + next() + next() - 1.5))
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    const first = features.subarray(row * width, row * width + classes)
    return first.indexOf(Math.max(...first))
  })
  return { features, targets }
}

async function compiled(): Promise<void> {
  const warmUp = 3
  let started = performance.now()
  let epochs = 0
  await train({
    tf,
    family: mlp,
    hyperparameters,
    shapes,
    head,
    training: resolveTraining({ epochs: 10_000, batchSize: 32, validationSplit: 0 }, { rows }),
    data: {
      ...makeData(),
      training: Int32Array.from({ length: rows }, (_, i) => i),
      validation: new Int32Array(0),
    },
    onEpoch() {
      const seconds = (performance.now() - started) / 1000
      epochs++
      if (epochs === warmUp) say('ready')
      else if (epochs > warmUp) say(seconds)
      if (epochs >= warmUp) waitForLine()
      started = performance.now()
    },
  })
}

async function fit(): Promise<void> {
  const { features, targets } = makeData()
  const model = tf.sequential({ layers: [...build().layers, tf.layers.softmax()] })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const [x, labels] = [tf.tensor2d(features, [rows, width]), tf.tensor1d(Int32Array.from(targets), 'int32')]
  const y = tf.oneHot(labels, classes).cast('float32')
  say('ready')
  for (;;) {
    waitForLine()
    const started = performance.now()
    await model.fit(x, y, { epochs: 1, batchSize: 32, verbose: 0 })
    say((performance.now() - started) / 1000)
  }
}

async function inference(): Promise<void> {
  const network = compileNetwork({ tf, model: build(), head })
  const row = Float32Array.from({ length: width }, (_, i) => Math.sin(i * i))
  const measure = async (): Promise<number> => {
    const times = new Float64Array(calls)
    for (let i = 0; i < calls; i++) {
      const started = performance.now()
      await network.run(row, 1)
      times[i] = (performance.now() - started) * 1000
    }
    return times.toSorted()[calls / 2] as number
  }
  await measure()
  say('ready')
  for (;;) {
    waitForLine()
    say(await measure())
  }
}

await { compiled, fit, inference }[process.argv[2] as 'compiled' | 'fit' | 'inference']()
