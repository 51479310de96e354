import type { OnnxAttribute, OnnxModel, OnnxNode } from '../model-proto.js'
import { Graph } from './graph.js'

/** An operation with weights of its own, and what was merged into it. */
export interface Layer {
  /**
   * Weights: `MatMul` [inputs, channels]; `Conv` [channels, inputs, height, width]; `Gather` [rows, channels];
   * `LSTM` [1, 4 · units, inputs].
   */
  readonly op: 'MatMul' | 'Conv' | 'Gather' | 'LSTM'
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
  /** What it computes with: numbers, or the rows that are looked up. */
  readonly input: string
  readonly output: string
  readonly weights: Weights
  /** Of an LSTM: [1, 4 · units, units]. */
  readonly recurrent?: Weights
  /** [channels], added to the product; of an LSTM [1, 8 · units]. */
  readonly bias?: Float32Array
}

export interface Weights {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export const isLayer = (part: OnnxNode | Layer): part is Layer => 'weights' in part

/** A model whose layers stand out among its other nodes; in an order in which each comes after what it reads. */
export interface LayeredModel {
  readonly parts: readonly (OnnxNode | Layer)[]
  /** The same in floats, in which the layers' inputs and outputs have the same names. */
  readonly floats: OnnxModel
}

/**
 * Finds the layers, with their biases and the normalisation behind convolutions merged into them, and puts ReLUs
 * before the pooling that they follow in networks of ours, so that they stand right behind a layer.
 *
 * @param model with its constants folded
 */
export function findLayers(model: OnnxModel): LayeredModel {
  const floats = reluFirst(model)
  const graph = new Graph(floats)
  const parts: (OnnxNode | Layer)[] = []
  const merged = new Set<OnnxNode>()
  for (const node of graph.nodes) {
    if (merged.has(node)) continue
    const layer = layerOf(node, graph)
    if (layer === null) {
      parts.push(node)
      continue
    }
    parts.push(
      layer.op === 'MatMul' || layer.op === 'Conv' ? mergeFollowing(layer, { graph, merged }) : layer,
    )
  }
  return { parts, floats }
}

/** Null for what has no weights, or weights that are computed. */
function layerOf({ op, inputs, outputs, attributes }: OnnxNode, graph: Graph): Layer | null {
  const [first = '', second = '', third = '', fourth = ''] = inputs
  const output = outputs[0] as string
  const part = (input: string, weights: Weights) => ({ attributes, input, output, weights })
  if (op === 'Conv') {
    const weights = graph.floats(second)
    return weights && { op, ...part(first, weights) }
  }
  if (op === 'MatMul') {
    const weights = graph.floats(second)
    const isMatrix = weights?.shape.length === 2 && graph.floats(first) === null
    return isMatrix ? { op, ...part(first, weights) } : null
  }
  if (op === 'Gather') {
    const table = graph.floats(first)
    const isRows = table?.shape.length === 2 && (attributes.axis as { int: number }).int === 0
    return isRows ? { op, ...part(second, table) } : null
  }
  if (op === 'LSTM') {
    const [weights, recurrent, bias] = [second, third, fourth].map((name) => graph.floats(name))
    if (!weights || !recurrent || !bias) return null
    return { op, ...part(first, weights), recurrent, bias: bias.values }
  }
  return null
}

/** What a layer alone is read by may become part of its weights. */
function mergeFollowing(layer: Layer, { graph, merged }: { graph: Graph; merged: Set<OnnxNode> }): Layer {
  const next = graph.onlyReader(layer.output)
  const changed = next && (withBias(layer, next, graph) ?? withNormalization(layer, next, graph))
  if (!next || !changed) return layer
  merged.add(next)
  return mergeFollowing({ ...changed, output: next.outputs[0] as string }, { graph, merged })
}

const channelsOf = ({ op, weights: { shape } }: Layer): number =>
  (op === 'Conv' ? shape[0] : shape.at(-1)) as number

function withBias(layer: Layer, { op, inputs }: OnnxNode, graph: Graph): Layer | null {
  if (op !== 'Add') return null
  const added = graph.floats(inputs.find((name) => name !== layer.output) ?? '')
  const channels = channelsOf(layer)
  const expected = layer.op === 'Conv' ? `${channels},1,1` : `${channels}`
  if (added === null || `${added.shape}` !== expected) return null
  const bias = layer.bias ?? new Float32Array(channels)
  return { ...layer, bias: bias.map((value, at) => value + (added.values[at] as number)) }
}

/** (x − mean) / √(variance + ε) · scale + shift is one factor and one summand for each channel. */
function withNormalization(layer: Layer, { op, inputs, attributes }: OnnxNode, graph: Graph): Layer | null {
  if (op !== 'BatchNormalization' || layer.op !== 'Conv') return null
  const [scale, shift, mean, variance] = inputs.slice(1).map((name) => graph.floats(name)?.values)
  if (!scale || !shift || !mean || !variance) return null
  const { float: epsilon } = attributes.epsilon as { float: number }
  const factors = scale.map((value, at) => value / Math.sqrt((variance[at] as number) + epsilon))
  const { shape, values } = layer.weights
  const run = values.length / factors.length
  const bias = layer.bias ?? new Float32Array(factors.length)
  return {
    ...layer,
    weights: { shape, values: values.map((value, at) => value * (factors[Math.floor(at / run)] as number)) },
    bias: bias.map(
      (value, at) => (value - (mean[at] as number)) * (factors[at] as number) + (shift[at] as number),
    ),
  }
}

/** These move numbers and change none: what is done to each number may be done before. */
export const moving: ReadonlySet<string> = new Set([
  'MaxPool',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
])

/** ReLU of the largest is the largest of the ReLUs, and likewise where numbers only change places. */
function reluFirst(model: OnnxModel): OnnxModel {
  const graph = new Graph(model)
  for (const mover of model.nodes) {
    const relu = moving.has(mover.op) ? graph.onlyReader(mover.outputs[0] as string) : null
    if (relu?.op !== 'Relu') continue
    const [from = '', ...how] = mover.inputs
    const between = mover.outputs
    const swapped = new Map<OnnxNode, OnnxNode>([
      [mover, { ...relu, inputs: [from], outputs: between }],
      [relu, { ...mover, inputs: [...between, ...how], outputs: relu.outputs }],
    ])
    // Again: what moves may stand behind another that does.
    return reluFirst({ ...model, nodes: model.nodes.map((node) => swapped.get(node) ?? node) })
  }
  return model
}
