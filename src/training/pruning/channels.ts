import type { ChannelGroup, ChannelUse, Family, Shapes } from '../../contracts/family.js'
import type { NamedTensor } from '../weights.js'

/** A group of which channels go, and how many are left. */
export interface NarrowedGroup extends ChannelGroup {
  readonly left: number
}

/**
 * The groups of a network, and how many channels of each are left in the narrower one.
 *
 * @throws TypeError when the family has no channels that may go
 */
export function narrowedGroups({
  family: { name, channels },
  shapes,
  hyperparameters,
  narrowed,
}: {
  readonly family: Family
  readonly shapes: Shapes
  readonly hyperparameters: unknown
  readonly narrowed: unknown
}): NarrowedGroup[] {
  if (channels === undefined) throw new TypeError(`networks of ${name} can not be made narrower`)
  const after = channels.groups(shapes, narrowed as never)
  return channels
    .groups(shapes, hyperparameters as never)
    .map((group, i) => ({ ...group, left: after[i]?.size ?? group.size }))
}

/** Which channel each number of a weight belongs to, by its place. */
export function channelAt(
  shape: readonly number[],
  { axis }: ChannelUse,
  size: number,
): (at: number) => number {
  const from = shape.length + axis
  const inner = shape.slice(from + 1).reduce((product, length) => product * length, 1)
  const length = shape[from] as number
  return (at) => (Math.floor(at / inner) % length) % size
}

/**
 * How much each channel matters: the sum of the magnitudes of the kernels that make it (Li et al. 2017, "Pruning filters
 * for efficient ConvNets"). 0: it is gone.
 *
 * @returns [size]
 */
export function saliencies({ size, uses }: ChannelGroup, weights: readonly NamedTensor[]): Float64Array {
  const sums = new Float64Array(size)
  for (const use of uses) {
    const { shape, values } = weights.find(({ name }) => name === use.weight) as NamedTensor
    if (!use.makes || shape.length < 2) continue
    const channel = channelAt(shape, use, size)
    for (let at = 0; at < values.length; at++) {
      const index = channel(at)
      sums[index] = (sums[index] as number) + Math.abs(values[at] as number)
    }
  }
  return sums
}

/** The channels that matter most, in their order. */
export function mostSalient(sums: Float64Array, { count }: { count: number }): number[] {
  const order = Array.from(sums.keys()).sort((a, b) => (sums[b] as number) - (sums[a] as number) || a - b)
  return order.slice(0, count).sort((a, b) => a - b)
}
