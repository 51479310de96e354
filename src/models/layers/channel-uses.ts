import type { ChannelUse } from '../../contracts/family.js'

/** The weights that make the units of a dense layer or the filters of a convolution: they stand along the last axis. */
export const layerMakes = (layer: string): ChannelUse[] => [
  { weight: `${layer}/kernel`, axis: -1, makes: true },
  { weight: `${layer}/bias`, axis: -1, makes: true },
]

/** The kernel that takes units or channels in: they stand along the axis before the last. */
export const layerTakes = (layer: string): ChannelUse => ({
  weight: `${layer}/kernel`,
  axis: -2,
  makes: false,
})

/** The weights that make the channels of a convolution without a bias, and of the normalisation behind it. */
export const normalizedMakes = (convolution: string, normalization: string): ChannelUse[] => [
  { weight: `${convolution}/kernel`, axis: -1, makes: true },
  ...['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => ({
    weight: `${normalization}/${name}`,
    axis: -1,
    makes: true,
  })),
]

/** That share of a layer's channels, at least one. */
export const narrowedSize = (size: number, share: number): number => Math.max(1, Math.round(size * share))

export const narrowedSizes = (sizes: readonly number[], share: number): number[] =>
  sizes.map((size) => narrowedSize(size, share))
