import type { OnnxNode } from '../model-proto.js'
import { Graph } from './graph.js'
import { isLayer, type Layer, type LayeredModel, moving } from './layers.js'

export const isStaticLayer = (part: OnnxNode | Layer): part is Layer =>
  isLayer(part) && (part.op === 'Conv' || part.op === 'MatMul')

/** Which tensors of a model become integers, and who reads them as such. */
export interface Activations {
  /** By ranges of their own. */
  readonly ranged: ReadonlySet<string>
  /** Nodes that move integers: their outputs have the range of their input. */
  readonly movers: ReadonlySet<OnnxNode>
  /** Made of integers: whoever reads them, reads what the integers say. */
  readonly made: ReadonlySet<string>
}

/**
 * What stands before and behind each product and convolution, and sums of what is integers: so ONNX Runtime finds runs of
 * integer operations with nothing in between.
 */
export function activationsOf({ parts, floats }: LayeredModel): Activations {
  const graph = new Graph(floats)
  const ranged = new Set<string>()
  const movers = new Set<OnnxNode>()
  const made = new Set<string>()

  /** Behind the ReLU, where one follows: the zero point takes its place. */
  function makes(name: string): void {
    const next = graph.onlyReader(name)
    const last = next?.op === 'Relu' ? (next.outputs[0] as string) : name
    ranged.add(last)
    made.add(last)
  }
  for (const part of parts) {
    if (isLayer(part)) {
      if (part.op === 'Conv') makes(part.output)
    } else if (moving.has(part.op) && made.has(part.inputs[0] as string)) {
      movers.add(part)
      made.add(part.outputs[0] as string)
    } else if (part.op === 'Add' && part.inputs.every((name) => made.has(name))) {
      makes(part.outputs[0] as string)
    }
  }

  /** Integers come as early as numbers are only moved on the way to the layer. */
  function reads(name: string): void {
    if (made.has(name)) return
    const producer = graph.producer(name)
    if (producer && moving.has(producer.op) && graph.onlyReader(name) !== null) {
      movers.add(producer)
      reads(producer.inputs[0] as string)
    } else ranged.add(name)
  }
  for (const part of parts) if (isStaticLayer(part)) reads(part.input)
  return { ranged, movers, made }
}
