import type { NamedTensor } from '../weights.js'
import { mostSalient, type NarrowedGroup, saliencies } from './channels.js'

/** The weights of the narrower network: of each group the most salient channels, in their order. */
export function narrowWeights(
  weights: readonly NamedTensor[],
  groups: readonly NarrowedGroup[],
): NamedTensor[] {
  const narrowed = new Map(weights.map((weight) => [weight.name, weight]))
  for (const group of groups) {
    const channels = mostSalient(saliencies(group, weights), { count: group.left })
    for (const { weight, axis } of group.uses) {
      const before = narrowed.get(weight) as NamedTensor
      const repeats = (before.shape.at(axis) as number) / group.size
      const indices = Array.from({ length: repeats }, (_, k) => channels.map((each) => k * group.size + each))
      narrowed.set(weight, takeAlong(before, { axis: before.shape.length + axis, indices: indices.flat() }))
    }
  }
  return [...narrowed.values()]
}

/** The numbers at some places along an axis. */
function takeAlong(
  { name, shape, values }: NamedTensor,
  { axis, indices }: { axis: number; indices: readonly number[] },
): NamedTensor {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1)
  const [outer, inner] = [product(shape.slice(0, axis)), product(shape.slice(axis + 1))]
  const length = shape[axis] as number
  const taken = new Float32Array(outer * indices.length * inner)
  for (let i = 0; i < outer; i++) {
    for (const [to, from] of indices.entries()) {
      const start = (i * length + from) * inner
      taken.set(values.subarray(start, start + inner), (i * indices.length + to) * inner)
    }
  }
  return { name, shape: shape.map((size, i) => (i === axis ? indices.length : size)), values: taken }
}
