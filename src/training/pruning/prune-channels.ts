import type { NamedTensor } from '../weights.js'
import { channelAt, mostSalient, type NarrowedGroup, saliencies } from './channels.js'
import type { Masks, PrunedWeight, Pruner } from './pruner.js'

/**
 * Takes whole channels out, the least salient of each group first: what makes them and what takes them in is 0 then, so
 * that the network answers as the narrower one does.
 */
export function pruneChannels(weights: readonly PrunedWeight[], groups: readonly NarrowedGroup[]): Pruner {
  const used = new Set(groups.flatMap(({ uses }) => uses.map(({ weight }) => weight)))
  const isMasked = weights.map(({ name, isTrainable }) => isTrainable && used.has(name))

  function masksWith(tensors: readonly NamedTensor[], leftOf: (group: NarrowedGroup) => Set<number>): Masks {
    const masks = tensors.map(({ values }, i) =>
      isMasked[i] ? new Float32Array(values.length).fill(1) : null,
    )
    for (const group of groups) {
      const left = leftOf(group)
      for (const use of group.uses) {
        const index = weights.findIndex(({ name }) => name === use.weight)
        const mask = masks[index]
        if (!mask) continue
        const channel = channelAt((weights[index] as PrunedWeight).shape, use, group.size)
        for (let at = 0; at < mask.length; at++) if (!left.has(channel(at))) mask[at] = 0
      }
    }
    return masks
  }

  return {
    isMasked,
    masksOf: (tensors) =>
      masksWith(tensors, (group) => {
        const sums = saliencies(group, tensors)
        return new Set([...sums.keys()].filter((channel) => sums[channel] !== 0))
      }),
    prune: (tensors, progress) =>
      masksWith(tensors, (group) => {
        const count = group.size - Math.round((group.size - group.left) * progress)
        return new Set(mostSalient(saliencies(group, tensors), { count }))
      }),
  }
}
