import { createHash } from 'node:crypto'
import { type ChannelLayout, type Int8Numbers, toInt8 } from '../../contracts/int8.js'
import { type OnnxNode, type OnnxTensor, OnnxType } from '../model-proto.js'
import type { Layer, Weights } from './layers.js'

/** How weights become integers. */
export interface WeightOptions {
  /** A scale for each channel, else one for all. */
  readonly perChannel: boolean
  /** The largest integer that is used. */
  readonly largest: number
}

/** Collects the nodes and initializers of a quantised model. */
export class Int8Writer {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[]
  readonly #known = new Map<string, string>()
  #made = 0

  constructor(initializers: readonly OnnxTensor[]) {
    this.initializers = [...initializers]
  }

  /** Adds a node whose outputs have new names, or those that are given. */
  add(node: Omit<OnnxNode, 'outputs' | 'attributes'> & Partial<OnnxNode>, count = 1): string[] {
    const outputs = node.outputs ?? Array.from({ length: count }, () => this.#name())
    this.nodes.push({ attributes: {}, ...node, outputs })
    return [...outputs]
  }

  one(node: Omit<OnnxNode, 'outputs' | 'attributes'> & Partial<OnnxNode>): string {
    return this.add(node)[0] as string
  }

  /** Equal constants are stored once. */
  constant(
    type: number,
    shape: readonly number[],
    values: Float32Array | Int32Array | Int8Array | Uint8Array,
  ): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const key = `${type} ${shape} ${createHash('sha1').update(bytes).digest('base64')}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const name = this.#name()
    this.#known.set(key, name)
    this.initializers.push({ name, type, shape, bytes })
    return name
  }

  floats(values: Float32Array, shape: readonly number[] = [values.length]): string {
    return this.constant(OnnxType.FLOAT, shape, values)
  }

  /** Weights that are stored as integers, and read as floats: ONNX Runtime multiplies by the integers. */
  dequantised(
    { shape }: Pick<Weights, 'shape'>,
    { integers, scales, axis }: Int8Numbers & { readonly axis: number },
  ): string {
    const each = scales.length === 1 ? [] : [scales.length]
    return this.one({
      op: 'DequantizeLinear',
      inputs: [
        this.constant(OnnxType.INT8, shape, integers),
        this.floats(scales, each),
        this.constant(OnnxType.INT8, each, new Int8Array(scales.length)),
      ],
      attributes: scales.length === 1 ? {} : { axis: { int: axis } },
    })
  }

  #name(): string {
    return `q${this.#made++}`
  }
}

/** Which axis of its weights holds a layer's channels. */
export const channelAxis = ({ op }: Layer): number => (op === 'Conv' ? 0 : 1)

/** Where the channels of weights stand. */
export function layoutOf({ shape }: Weights, axis: number): Required<ChannelLayout> {
  const run = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  return { channels: shape[axis] as number, run }
}

export function quantisedWeights(
  weights: Weights,
  { axis, perChannel, largest }: WeightOptions & { readonly axis: number },
): Int8Numbers {
  return toInt8(weights.values, { ...(perChannel ? layoutOf(weights, axis) : { channels: 1 }), largest })
}
