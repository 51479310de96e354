import type { OnnxModel } from '../model-proto.js'
import { writeDynamic } from './dynamic.js'
import { foldConstants } from './fold-constants.js'
import { findLayers, isLayer } from './layers.js'
import { type StaticOptions, writeStatic } from './static.js'
import type { WeightOptions } from './writer.js'

export type QuantiseOptions =
  | ({ readonly mode: 'dynamic' } & WeightOptions)
  | ({ readonly mode: 'static' } & StaticOptions)

/** A model whose layers compute with 8-bit integers, and how many of each kind they are. */
export interface QuantisedModel {
  readonly model: OnnxModel
  readonly layers: Readonly<Record<string, number>>
}

/** @param model in floats, as `convertToOnnx` makes it */
export async function quantise(model: OnnxModel, options: QuantiseOptions): Promise<QuantisedModel> {
  const found = findLayers(await foldConstants(model))
  const written = options.mode === 'static' ? await writeStatic(found, options) : writeDynamic(found, options)
  const read = new Set(written.nodes.flatMap(({ inputs }) => inputs))
  const layers: Record<string, number> = {}
  for (const part of found.parts) if (isLayer(part)) layers[part.op] = (layers[part.op] ?? 0) + 1
  return {
    model: { ...written, initializers: written.initializers.filter(({ name }) => read.has(name)) },
    layers,
  }
}
