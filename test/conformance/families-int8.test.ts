import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Head } from '../../src/contracts/task.js'
import { parse } from '../../src/contracts/validation.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { quantise } from '../../src/onnx/int8/quantise.js'
import { encodeModel } from '../../src/onnx/model-proto.js'
import { onnxPorts } from '../../src/onnx/ports.js'
import { readWeights, writeWeights } from '../../src/training/network.js'
import { onnxModel } from '../../src/training/onnx-model.js'
import { operationsOf } from '../support/onnx-operations.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { samples, someRows } from './row-samples.js'

const { tf } = await testTensorFlow()
const { families } = await loadCatalogue()
const folder = await temporaryFolder()

/** Of the largest output: 8 bits of each number through all layers. */
const BOUND = 0.05
const rows = 120
const head: Head = { units: 3, activation: 'linear', loss: 'mean-squared-error' }

/** Layers that are merged, several that are added, and activations that are no ReLU. */
const more: Readonly<Record<string, object>> = {
  cnn: { batchNormalization: true, activation: 'tanh', filters: [8, 12], denseUnits: [] },
  mlp: { hiddenUnits: [16, 8], activation: 'sigmoid' },
}

/** What ONNX Runtime runs for a layer that computes with integers. */
const kernels = {
  static: { MatMul: ['QGemm'], Conv: ['QLinearConv'] },
  dynamic: { MatMul: ['MatMulIntegerToFloat'] },
} as const

const ask = async (session: InferenceSession, features: Float32Array, shape: readonly number[]) =>
  (await session.run({ [onnxPorts.input]: new Tensor('float32', features, [...shape]) }))[onnxPorts.output]
    ?.data as Float32Array

for (const family of families.values()) {
  for (const kind of family.rows) {
    for (const given of [{}, more[family.name]].filter((each) => each !== undefined)) {
      const name = `${family.name} of ${JSON.stringify(given)} for ${kind}`
      const sample = samples[kind].at(-1) as (typeof samples)[typeof kind][number]
      const shapes = { inputs: [{ name: 'features', ...sample }], units: head.units }
      const build = () => {
        const hyperparameters = parse(family.hyperparameters, given) as never
        const model = family.build({ tf, shapes, hyperparameters, seed: 1 })
        const weights = readWeights(model).map((weight) => ({
          ...weight,
          values: weight.values.map((value, i) => value * (1 + 0.1 * Math.sin(i)) + 0.05 * Math.cos(i) ** 2),
        }))
        writeWeights(tf, model, weights)
        const made = onnxModel({ tf, model, head })
        model.dispose()
        assert.ok('onnx' in made)
        return made.onnx
      }
      const features = someRows(rows, sample)

      for (const mode of ['static', 'dynamic'] as const) {
        const isOfLayers = !(family.name === 'linear' && kind === 'bag')
        const title = isOfLayers ? 'computes with integers and answers alike' : 'has no layer for integers'
        test(`${name}, ${mode}: ${title}`, async () => {
          const onnx = build()
          const made = await quantise(onnx, {
            ...{ mode, perChannel: true, largest: 127, percentile: 100 },
            rows: { features, shape: sample.shape },
          })
          if (!isOfLayers) {
            assert.equal(made, null)
            return
          }
          assert.ok(made)
          const file = join(folder, `${family.name}-${kind}-${mode}.onnx`)
          const [float, int8] = await Promise.all([
            InferenceSession.create(encodeModel(onnx)),
            InferenceSession.create(encodeModel(made.model), {
              optimizedModelFilePath: file,
              logSeverityLevel: 3,
            }),
          ])
          const [expected, received] = [
            await ask(float, features, [rows, ...sample.shape]),
            await ask(int8, features, [rows, ...sample.shape]),
          ]
          const largest = Math.max(...expected.map(Math.abs))
          const differences = expected.map(
            (value, at) => Math.abs(value - (received[at] as number)) / largest,
          )
          assert.ok(Math.max(...differences) <= BOUND, `up to ${Math.max(...differences)} of ${largest}`)
          assert.ok(Math.max(...differences) > 0, 'nothing was rounded')

          const width = features.length / rows
          for (const row of [0, 7]) {
            const alone = await ask(int8, features.slice(row * width, (row + 1) * width), [
              1,
              ...sample.shape,
            ])
            for (const [unit, value] of alone.entries()) {
              const beside = received[row * head.units + unit] as number
              assert.ok(
                Math.abs(value - beside) <= 1e-5 * Math.max(1, largest),
                `${value}, ${beside} with others`,
              )
            }
          }

          const operations = operationsOf(readFileSync(file))
          for (const [op, names] of Object.entries(kernels[mode]) as [string, readonly string[]][]) {
            const run = operations.filter((each) => names.includes(each)).length
            assert.equal(run, made.layers.computed[op] ?? 0, `${op}: ${operations}`)
          }
          await Promise.all([float.release(), int8.release()])
        })
      }
    }
  }
}
