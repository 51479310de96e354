import type { LayersModel } from '@tensorflow/tfjs'

/** No more rows make a forward pass faster, even of the smallest networks. */
const maxRows = 4096
/** Bytes of activations that a forward pass may have, all of them counted although most are freed on the way. */
const maxBytes = 2 ** 28

/** Rows that go through a network at once where no gradient is needed. */
export const forwardRows = (activationBytesPerRow: number): number =>
  Math.max(1, Math.min(maxRows, Math.floor(maxBytes / activationBytesPerRow)))

/** Bytes of all layers' outputs for a row, and of what layers keep inside: what the family's plan says beforehand. */
export function activationBytes({ layers }: Pick<LayersModel, 'layers'>): number {
  const elements = layers.map((layer) => {
    const { innerElements = 0 } = layer as { innerElements?: number }
    const [, ...shape] = layer.outputShape as (number | null)[]
    return innerElements + shape.reduce<number>((size, each) => size * (each ?? 1), 1)
  })
  return 4 * elements.reduce((sum, each) => sum + each, 0)
}
