import { messageFields } from '../../src/tensorflow/graph/protobuf.js'

const [MODEL_GRAPH, GRAPH_NODE, NODE_OP] = [7, 1, 4]

/** The operations of an encoded ONNX model, by their order. */
export function operationsOf(model: Uint8Array): string[] {
  const inside = (message: Uint8Array, wanted: number): Uint8Array[] =>
    [...messageFields(message)].filter(({ field }) => field === wanted).map(({ value }) => value)
  return inside(model, MODEL_GRAPH)
    .flatMap((graph) => inside(graph, GRAPH_NODE))
    .flatMap((node) => inside(node, NODE_OP))
    .map((op) => Buffer.from(op).toString())
}
