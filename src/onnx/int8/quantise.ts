import type { OnnxModel } from '../model-proto.js'
import { writeDynamic } from './dynamic.js'
import { foldConstants } from './fold-constants.js'
import { findLayers, isLayer, type Layer } from './layers.js'
import { type StaticOptions, writeStatic } from './static.js'
import type { WeightOptions } from './writer.js'

export type QuantiseOptions =
  | ({ readonly mode: 'dynamic' } & WeightOptions)
  | ({ readonly mode: 'static' } & StaticOptions)

/** A model whose layers compute with 8-bit integers, and how many of each kind they are. */
export interface QuantisedModel {
  readonly model: OnnxModel
  readonly layers: {
    readonly computed: Readonly<Record<string, number>>
    /** Their weights are integers in the file alone. */
    readonly stored: Readonly<Record<string, number>>
  }
}

/** The layers that a mode computes with integers. */
const computedIn: Readonly<Record<QuantiseOptions['mode'], readonly Layer['op'][]>> = {
  dynamic: ['MatMul'],
  static: ['MatMul', 'Conv'],
}

/**
 * @param model in floats, as `convertToOnnx` makes it
 * @returns null where no layer of it would compute with integers
 */
export async function quantise(model: OnnxModel, options: QuantiseOptions): Promise<QuantisedModel | null> {
  const found = findLayers(await foldConstants(model))
  const layers = { computed: {} as Record<string, number>, stored: {} as Record<string, number> }
  for (const { op } of found.parts.filter(isLayer)) {
    const kind = layers[computedIn[options.mode].includes(op) ? 'computed' : 'stored']
    kind[op] = (kind[op] ?? 0) + 1
  }
  if (Object.keys(layers.computed).length === 0) return null
  const written = options.mode === 'static' ? await writeStatic(found, options) : writeDynamic(found, options)
  const read = new Set(written.nodes.flatMap(({ inputs }) => inputs))
  return {
    model: { ...written, initializers: written.initializers.filter(({ name }) => read.has(name)) },
    layers,
  }
}
