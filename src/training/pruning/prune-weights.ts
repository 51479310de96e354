import type { NamedTensor } from '../weights.js'
import type { Masks, PrunedWeight, Pruner } from './pruner.js'
import { withoutSmallest } from './smallest.js'

/**
 * Takes the smallest numbers by magnitude out of each kernel, the same share of all (Zhu and Gupta 2017): of weights that
 * are learnt and have two dimensions or more. Biases and the numbers of normalisations are few, and stay.
 *
 * @param options.sparsity share of each kernel that is 0 at the end, 0 to 1
 */
export function pruneWeights(
  weights: readonly PrunedWeight[],
  { sparsity }: { readonly sparsity: number },
): Pruner {
  const isMasked = weights.map(({ shape, isTrainable }) => isTrainable && shape.length >= 2)
  const maskAll = (tensors: readonly NamedTensor[], left: (values: Float32Array) => Float32Array): Masks =>
    tensors.map(({ values }, i) =>
      isMasked[i] ? left(values as Float32Array).map((value) => (value === 0 ? 0 : 1)) : null,
    )
  return {
    isMasked,
    masksOf: (tensors) => maskAll(tensors, (values) => values),
    prune: (tensors, progress) =>
      maskAll(tensors, (values) =>
        withoutSmallest(values, { count: Math.round(sparsity * progress * values.length) }),
      ),
  }
}
