import { discover } from '../../src/contracts/discovery.js'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import { resolveTraining } from '../../src/training/options.js'
import { train } from '../../src/training/train.js'
import type { Work } from '../training/works.js'
import { randomRows } from './random-rows.js'
import { say, startOnDevice, waitForLine } from './start.js'

/*
 * Our side of the trainings: epochs.js cpu|gpu compiled|fit WORK
 * Says `parameters N`, `ready` when it is warm, then the seconds of an epoch for each line on stdin.
 * compiled: as a job trains; fit: by tfjs's model.fit on our eager backend.
 */
const warmUp = 3
const [, , , what, json] = process.argv as [string, string, string, 'compiled' | 'fit', string]
const work = JSON.parse(json) as Work
const { tf } = await startOnDevice()
const { rows, shape, tokens, units, batchSize } = work
const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const family = families.get(work.family)
if (family === undefined) throw new Error(`There is no family ${work.family}`)
const hyperparameters = parse(family.hyperparameters, work.hyperparameters) as never
const shapes = { inputs: [{ name: 'features', shape, ...(tokens ? { tokens } : {}) }], units }
const head = { units, activation: 'softmax', loss: 'categorical-crossentropy' } as const
const data = randomRows({ rows, width: shape.reduce((product, size) => product * size, 1), units, tokens })
const build = () => family.build({ tf, shapes, hyperparameters, seed: 1 })

const counted = build()
say(`parameters ${counted.trainableWeights.reduce((sum, { shape: of }) => sum + size(of), 0)}`)
counted.dispose()

function size(shape: readonly (number | null)[]): number {
  return shape.reduce<number>((product, each) => product * (each as number), 1)
}

async function compiled(): Promise<void> {
  let started = performance.now()
  let epochs = 0
  await train({
    tf,
    family: family as Family,
    hyperparameters,
    shapes,
    head,
    training: resolveTraining({ epochs: 10_000, batchSize, validationSplit: 0 }, { rows }),
    data,
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
  const network = build()
  const model = tf.sequential({ layers: [...network.layers, tf.layers.softmax()] })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const x = tf.tensor(data.features, [rows, ...shape])
  const y = tf.oneHot(tf.tensor1d(Int32Array.from(data.targets), 'int32'), units).cast('float32')
  say('ready')
  for (;;) {
    waitForLine()
    const started = performance.now()
    await model.fit(x, y, { epochs: 1, batchSize, verbose: 0 })
    say((performance.now() - started) / 1000)
  }
}

await { compiled, fit }[what]()
