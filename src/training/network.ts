import type { LayersModel } from '@tensorflow/tfjs'
import { FlywheelError } from '../contracts/errors.js'
import type { Family, Shapes, TensorFlow } from '../contracts/family.js'
import { type ModelManifest, weightsOf } from '../contracts/model-manifest.js'
import type { Head } from '../contracts/task.js'
import { activated } from './activation.js'
import { activationBytes, forwardRows } from './forward-rows.js'
import { type NamedTensor, unpackTensors } from './weights.js'

/** The model's weights in the order of `model.weights`. */
export function readWeights(model: LayersModel): NamedTensor[] {
  return model.weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape as number[],
    values: weight.read().dataSync() as Float32Array,
  }))
}

/** @throws FlywheelError artifact-damaged when number or shapes of the weights are not the model's */
export function writeWeights(tf: TensorFlow, model: LayersModel, weights: readonly NamedTensor[]): void {
  const expected = model.weights.map(({ shape }) => shape.join('×')).join(', ')
  const received = weights.map(({ shape }) => shape.join('×')).join(', ')
  if (expected !== received) {
    throw new FlywheelError('artifact-damaged', `The network has weights ${expected}; stored are ${received}`)
  }
  const tensors = weights.map(({ values, shape }) => tf.tensor(values, [...shape]))
  model.setWeights(tensors)
  tf.dispose(tensors)
}

/**
 * Builds a stored network and gives it its weights. The caller disposes of the model.
 *
 * @param bytes the blob that `manifest.weights` names
 */
export function loadNetwork({
  tf,
  family,
  manifest,
  bytes,
}: {
  tf: TensorFlow
  family: Family
  manifest: Pick<ModelManifest, 'family' | 'seed' | 'shapes' | 'weights'>
  bytes: Uint8Array
}): LayersModel {
  const weights = unpackTensors({ tensors: weightsOf(manifest, 'to build its network').tensors, bytes })
  const model = family.build({
    tf,
    shapes: manifest.shapes as Shapes,
    hyperparameters: manifest.family.hyperparameters as never,
    seed: manifest.seed,
  })
  try {
    writeWeights(tf, model, weights)
    return model
  } catch (error) {
    model.dispose()
    throw error
  }
}

/**
 * The network's outputs [rows, units], row-major, after the head's activation and before its scale.
 *
 * @param features [rows, width], row-major
 */
export function runNetwork({
  tf,
  model,
  head,
  features,
  rows,
}: {
  tf: TensorFlow
  model: LayersModel
  head: Head
  features: Float32Array
  rows: number
}): Float32Array {
  const shape = model.inputs[0]?.shape.slice(1) as number[]
  const width = shape.reduce((product, size) => product * size, 1)
  const outputs = new Float32Array(rows * head.units)
  const atOnce = forwardRows(activationBytes(model))
  for (let start = 0; start < rows; start += atOnce) {
    const count = Math.min(atOnce, rows - start)
    const answered = tf.tidy(() => {
      const x = tf.tensor(features.subarray(start * width, (start + count) * width), [count, ...shape])
      const logits = model.apply(x, { training: false }) as ReturnType<typeof tf.tensor>
      return activated(tf, logits, head).clone()
    })
    // Not inside: tidy looks for tensors in what it returns, element by element.
    outputs.set(answered.dataSync() as Float32Array, start * head.units)
    answered.dispose()
  }
  return outputs
}
