import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import cnn from '../../src/models/cnn.js'
import resnet from '../../src/models/resnet.js'
import { runNetwork, writeWeights } from '../../src/training/network.js'
import { resolveTraining } from '../../src/training/options.js'
import { train } from '../../src/training/train.js'
import { packTensors } from '../../src/training/weights.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier } from '../training/small-training.js'

/** What Keras answers and how it learns, as image-families.py writes it. */
interface Golden {
  readonly family: 'cnn' | 'resnet'
  readonly hyperparameters: object
  readonly shape: number[]
  readonly outputs: number[]
  readonly history: Readonly<Record<string, number[]>>
}

const path = new URL('../../../test/fixtures/keras/image-families.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Golden[] }
const families = { cnn, resnet } as unknown as Readonly<Record<string, Family>>
const { tf } = await testTensorFlow()

const rows = 24
const trained = 16

const pattern = (length: number, k: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.7 + 1.3 * k + 1))
const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)

/** A weight's first value, by its name. */
function initial(name: string, shape: readonly number[]): Float32Array {
  const code = [...name].reduce((sum, character) => sum + (character.codePointAt(0) as number), 0)
  const values = pattern(size(shape), code % 97)
  const kind = name.split('/').at(-1) as string
  if (kind === 'kernel') return values.map((value) => value * Math.sqrt(3 / size(shape.slice(0, -1))))
  const middle = kind === 'gamma' || kind === 'moving_variance' ? 1 : 0
  return values.map((value) => value * 0.2 + middle)
}

for (const golden of cases) {
  const family = families[golden.family] as Family
  const hyperparameters = parse(family.hyperparameters, golden.hyperparameters)
  const shapes = { inputs: [{ name: 'features', shape: golden.shape }], units: 3 }
  const features = pattern(rows * size(golden.shape), 0)
  const given = JSON.stringify(golden.hyperparameters)

  const built = () => {
    const model = family.build({ tf, shapes, hyperparameters, seed: 1 })
    const weights = model.weights.map(({ originalName: name, shape }) => ({
      name,
      shape: shape as number[],
      values: initial(name, shape as number[]),
    }))
    return { model, weights }
  }

  test(`${golden.family} with ${given} answers as Keras’s layers do`, () => {
    const { model, weights } = built()
    writeWeights(tf, model, weights)
    const head = { ...classifier, activation: 'linear' as const }
    const outputs = runNetwork({ tf, model, head, features, rows })
    model.dispose()
    golden.outputs.forEach((expected, i) => {
      assert.ok(Math.abs((outputs[i] as number) - expected) < 1e-5, `${outputs[i]}, Keras has ${expected}`)
    })
  })

  for (const executor of ['eager', 'graph'] as const) {
    test(`${golden.family} with ${given} learns ${executor} as Keras’s layers do`, async () => {
      const { model, weights } = built()
      model.dispose()
      const training = { epochs: 4, batchSize: trained, optimizer: { learningRate: 0.01 } }
      const { history } = await train({
        tf,
        family,
        hyperparameters,
        shapes,
        head: classifier,
        executor,
        initial: { weights: packTensors(weights) },
        training: resolveTraining(training, { rows }),
        data: {
          features,
          targets: Float64Array.from({ length: rows }, (_, i) => i % 3),
          training: range(0, trained),
          validation: range(trained, rows),
        },
      })
      for (const [metric, values] of Object.entries(golden.history)) {
        values.forEach((expected, epoch) => {
          const actual = history[epoch]?.[metric] as number
          // Differences of rounding grow with each step of Adam.
          const tolerance = 1e-5 * 4 ** epoch
          assert.ok(
            Math.abs(actual - expected) < tolerance,
            `${metric} ${epoch}: ${actual}, Keras has ${expected}`,
          )
        })
      }
    })
  }
}
