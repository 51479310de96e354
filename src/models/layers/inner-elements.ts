import type { layers } from '@tensorflow/tfjs'

/** Tells of a layer's elements per row that are kept for the gradient beside its output, once it is built. */
export function withInnerElements(
  layer: layers.Layer,
  count: (inputShape: readonly number[]) => number,
): layers.Layer {
  const { build } = layer
  return Object.assign(layer, {
    innerElements: 0,
    build(this: layers.Layer & { innerElements: number }, inputShape: number[]) {
      this.innerElements = count(inputShape)
      build.call(this, inputShape)
    },
  })
}
