import assert from 'node:assert/strict'
import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../src/contracts/family.js'
import { layerGradients } from './layer-gradients.js'

/** Numbers between −1 and 1 that no formula favours, the same at each run. */
export const pattern = (length: number, k: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.7 + 1.3 * k + 1))

/**
 * Compares a layer's gradients with central differences of sum(outputs · upstream), along a direction for the input
 * and each trainable weight, to a relative 1e-2: float32 leaves no more.
 *
 * @param options.isDifferentiable whether there is a gradient by the input; ids have none
 * @param options.distance of the two points from the middle, in the direction's length
 */
export function checkGradients(
  tf: TensorFlow,
  {
    layer,
    input,
    isDifferentiable = true,
    training = true,
    distance = 3e-2,
  }: {
    layer: layers.Layer
    input: Tensor
    isDifferentiable?: boolean
    training?: boolean
    distance?: number
  },
): void {
  tf.tidy(() => {
    const answer = (x: Tensor): Tensor => layer.apply(x, { training }) as Tensor
    const { shape, size } = answer(input)
    const factors = pattern(size, 5)
    const upstream = tf.tensor(factors, shape)
    const total = (x: Tensor): number =>
      Array.from(answer(x).dataSync()).reduce((sum, value, i) => sum + value * (factors[i] as number), 0)

    const compare = (what: string, gradient: Tensor, atShift: (shift: Tensor) => number): void => {
      const values = pattern(gradient.size, 7)
      const length = Math.hypot(...values)
      const direction = tf.tensor(
        values.map((value) => value / length),
        gradient.shape,
      )
      const expected = (atShift(direction.mul(distance)) - atShift(direction.mul(-distance))) / (2 * distance)
      const actual = gradient.mul(direction).sum().dataSync()[0] as number
      const norm = gradient.square().sum().sqrt().dataSync()[0] as number
      const bound = 1e-2 * Math.max(Math.abs(expected), 0.05 * norm)
      assert.ok(
        Math.abs(actual - expected) <= bound,
        `the gradient by ${what} along a direction is ${actual}, differences give ${expected}`,
      )
    }

    const by = layerGradients(tf, { layer, input, upstream, isDifferentiable, training })
    if (by.input) compare('the input', by.input, (shift) => total(input.add(shift)))
    layer.trainableWeights.forEach((weight, i) => {
      const before = weight.read().clone()
      compare(weight.originalName, by.weights[i] as Tensor, (shift) => {
        weight.write(before.add(shift))
        const value = total(input)
        weight.write(before)
        return value
      })
    })
  })
}
