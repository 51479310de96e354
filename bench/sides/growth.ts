import { compileNetwork } from '../../src/training/compiled-network.js'
import { resolveTraining } from '../../src/training/options.js'
import { train } from '../../src/training/train.js'
import { randomRows } from './random-rows.js'
import { say, smallNetwork, startOnDevice, waitForLine } from './start.js'

/*
 * growth.js cpu|gpu steps|predictions: says `ready` when it is warm; after a line on stdin by how many megabytes
 * resident memory grew over 100,000 steps or predictions. Wants `--expose-gc`.
 */
const rows = 48_000
const stepsPerEpoch = rows / 32
const warmUpEpochs = 10
const work = process.argv[3] as 'steps' | 'predictions'
const { tf } = await startOnDevice()
const { family, head, shapes, hyperparameters } = smallNetwork

/** Resident, after a collection of JavaScript's garbage. */
function megabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 1e6
}

async function steps(): Promise<void> {
  const epochs = warmUpEpochs + Math.ceil(100_000 / stepsPerEpoch)
  let done = 0
  let before = Number.NaN
  await train({
    tf,
    family: family as never,
    hyperparameters,
    shapes,
    head,
    training: resolveTraining({ epochs, validationSplit: 0 }, { rows }),
    data: randomRows({ rows, width: 784, units: 10 }),
    onEpoch() {
      done++
      if (done === warmUpEpochs) {
        say('ready')
        waitForLine()
        before = megabytes()
      }
      if (done === epochs) say(megabytes() - before)
    },
  })
}

async function predictions(): Promise<void> {
  const network = compileNetwork({
    tf,
    model: family.build({ tf, shapes, hyperparameters, seed: 1 } as never),
    head,
  })
  const many = Float32Array.from({ length: 512 * 784 }, (_, i) => Math.sin(i))
  const one = many.subarray(0, 784)
  const predict = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      if (i % 10 === 0) await network.run(many, 512)
      else await network.run(one, 1)
    }
  }
  await predict(10_000)
  say('ready')
  waitForLine()
  const before = megabytes()
  await predict(100_000)
  say(megabytes() - before)
}

await { steps, predictions }[work]()
