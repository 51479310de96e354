import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Head } from '../../src/contracts/task.js'
import { parse } from '../../src/contracts/validation.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { encodeModel } from '../../src/onnx/model-proto.js'
import { onnxPorts } from '../../src/onnx/ports.js'
import { compileNetwork } from '../../src/training/compiled-network.js'
import { readWeights, writeWeights } from '../../src/training/network.js'
import { onnxModel } from '../../src/training/onnx-model.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { samples, someRows } from './row-samples.js'

const { tf } = await testTensorFlow()
const { families } = await loadCatalogue()

const heads: readonly Head[] = [
  { units: 3, activation: 'softmax', loss: 'categorical-crossentropy' },
  { units: 3, activation: 'softmax', loss: 'categorical-crossentropy', temperature: 1.7 },
  { units: 1, activation: 'linear', loss: 'mean-squared-error' },
]

for (const family of families.values()) {
  const hyperparameters = parse(family.hyperparameters, {}) as never
  for (const kind of family.rows) {
    test(`${family.name} answers for ${kind} in ONNX Runtime as it does compiled`, async () => {
      for (const [i, sample] of samples[kind].entries()) {
        for (const head of samples[kind].length === 1 ? heads : [heads[i] as Head]) {
          const shapes = { inputs: [{ name: 'features', ...sample }], units: head.units }
          const model = family.build({ tf, shapes, hyperparameters, seed: 1 })
          // No weight keeps a special value: a bias of 0 or an average of 1 would hide what is left out.
          const weights = readWeights(model).map((weight) => ({
            ...weight,
            values: weight.values.map(
              (value, i) => value * (1 + 0.1 * Math.sin(i + 1)) + 0.05 * Math.cos(i) ** 2,
            ),
          }))
          writeWeights(tf, model, weights)
          const made = onnxModel({ tf, model, head })
          assert.ok('onnx' in made)
          const onnx = encodeModel(made.onnx)
          const session = await InferenceSession.create(onnx)
          const network = compileNetwork({ tf, model, head })
          for (const rows of [1, 2, 256]) {
            const features = someRows(rows, sample)
            const expected = network.runHere(features, rows)
            const input = new Tensor('float32', features, [rows, ...sample.shape])
            const answers = await session.run({ [onnxPorts.input]: input })
            const output = answers[onnxPorts.output] as Tensor
            assert.deepEqual([...output.dims], [rows, head.units])
            for (const [i, value] of (output.data as Float32Array).entries()) {
              const difference = Math.abs(value - (expected[i] as number))
              assert.ok(
                difference <= 1e-5 * Math.max(1, Math.abs(value)),
                `${value} for ${expected[i]} at ${i}`,
              )
            }
          }
          await session.release()
          network.dispose()
          model.dispose()
        }
      }
    })
  }
}
