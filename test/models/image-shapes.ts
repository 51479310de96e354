import assert from 'node:assert/strict'
import type { LayersModel } from '@tensorflow/tfjs'
import type { NetworkPlan, Shapes } from '../../src/contracts/family.js'

export const imageShapes = (shape: number[], units = 3): Shapes => ({
  inputs: [{ name: 'features', shape }],
  units,
})

/** The plan's parameters and activations are the built network's. */
export function checkPlan(model: LayersModel, plan: NetworkPlan): void {
  const elements = model.layers.map(({ outputShape }) =>
    (outputShape as (number | null)[]).slice(1).reduce<number>((size, n) => size * (n ?? 1), 1),
  )
  assert.equal(plan.parameters, model.countParams())
  assert.equal(plan.activationBytesPerRow, 4 * elements.reduce((sum, n) => sum + n, 0))
}
