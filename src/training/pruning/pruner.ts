import type { NamedTensor } from '../weights.js'

/** What is left of each weight, in the order of `model.weights`: 1 where it may change, 0 where it stays 0; null: all of it. */
export type Masks = readonly (Float32Array | null)[]

/** A weight of the network that is pruned. */
export interface PrunedWeight extends Pick<NamedTensor, 'name' | 'shape'> {
  readonly isTrainable: boolean
}

/** Says what goes. Its masks follow from the weights alone, so that a checkpoint needs no more than these. */
export interface Pruner {
  /** Whether each weight, in the order of `model.weights`, may lose some of its numbers. */
  readonly isMasked: readonly boolean[]
  /** What is taken out of the weights already. */
  masksOf(weights: readonly NamedTensor[]): Masks
  /** What is left when more is taken out. @param progress share of the way to the end, 0 to 1 */
  prune(weights: readonly NamedTensor[], progress: number): Masks
}

/** The tensors with zeros where the masks have some. */
export function withMasks(tensors: readonly NamedTensor[], masks: Masks): NamedTensor[] {
  return tensors.map((tensor, i) => {
    const mask = masks[i]
    if (!mask) return tensor
    const values = Float32Array.from(tensor.values, (value, at) => (mask[at] === 0 ? 0 : value))
    return { ...tensor, values }
  })
}
