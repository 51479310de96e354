import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../src/contracts/family.js'
import { layerGradients } from './layer-gradients.js'

interface Packed {
  readonly shape: number[]
  readonly values: number[]
}

/** One layer of Keras on TensorFlow with its numbers, as test/fixtures/keras/golden.py writes them. */
interface GoldenCase<Options> {
  readonly options: Options
  readonly input: Packed
  readonly weights: readonly Packed[]
  readonly upstream: Packed
  readonly output: Packed
  readonly gradients: { readonly input: Packed | null; readonly weights: readonly Packed[] }
}

export function goldenCases<Options>(name: string): GoldenCase<Options>[] {
  const path = new URL(`../../../../test/fixtures/keras/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')).cases
}

/** Gives the layer Keras's weights and compares its outputs, and its gradients by input and weights, to 1e-5. */
export function checkAgainstKeras(tf: TensorFlow, layer: layers.Layer, golden: GoldenCase<unknown>): void {
  const tensor = ({ values, shape }: Packed): Tensor => tf.tensor(values, shape)
  tf.tidy(() => {
    const input = tensor(golden.input)
    layer.apply(input)
    layer.setWeights(golden.weights.map(tensor))
    const isDifferentiable = golden.gradients.input !== null
    const { output, ...by } = layerGradients(tf, {
      layer,
      input,
      upstream: tensor(golden.upstream),
      isDifferentiable,
    })
    checkEqual('output', output, golden.output)
    if (golden.gradients.input)
      checkEqual('gradient by the input', by.input as Tensor, golden.gradients.input)
    assert.equal(by.weights.length, golden.gradients.weights.length)
    golden.gradients.weights.forEach((expected, i) => {
      checkEqual(`gradient by ${layer.trainableWeights[i]?.originalName}`, by.weights[i] as Tensor, expected)
    })
  })
}

function checkEqual(what: string, actual: Tensor, expected: Packed): void {
  assert.deepEqual(actual.shape, expected.shape, what)
  const scale = Math.max(1, ...expected.values.map(Math.abs))
  actual.dataSync().forEach((value, i) => {
    const wanted = expected.values[i] as number
    assert.ok(Math.abs(value - wanted) <= 1e-5 * scale, `${what}[${i}]: ${value}, Keras has ${wanted}`)
  })
}
