import * as protobuf from '../tensorflow/graph/protobuf.js'

/** ONNX's numbers of data types (onnx.proto, TensorProto.DataType). */
export const OnnxType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
} as const

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly tensor: OnnxTensor }

export interface OnnxTensor {
  readonly name: string
  readonly type: number
  readonly shape: readonly number[]
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array
}

export interface OnnxNode {
  readonly op: string
  /** An empty name stands for an input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

/** An input or output of the model, float32. */
export interface OnnxPort {
  readonly name: string
  /** A name is a dimension that is any size; absent: it is left to be inferred. */
  readonly shape?: readonly (number | string)[]
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
}

/** The set of operations that a model is written in; ONNX Runtime reads it since version 1.12. */
const OPSET = 17
/** The file format's version that goes with it. */
const IR_VERSION = 8

/** Fields of ModelProto and GraphProto. */
const [MODEL_GRAPH, GRAPH_OUTPUT] = [7, 12]

/** A model as ONNX stores it. Field numbers stand in onnx/onnx.proto. */
export function encodeModel({ nodes, initializers, inputs, outputs }: OnnxModel): Buffer {
  const { integer, message, text } = protobuf
  const graph = [
    ...nodes.flatMap((node, i) => message(1, encodeNode(node, i))),
    ...text(2, 'forward'),
    ...initializers.flatMap((tensor) => message(5, encodeTensor(tensor))),
    ...inputs.flatMap((port) => message(11, encodePort(port))),
    ...outputs.flatMap((port) => message(GRAPH_OUTPUT, encodePort(port))),
  ]
  return Buffer.concat([
    ...integer(1, IR_VERSION),
    ...text(2, 'Flywheel'),
    ...message(MODEL_GRAPH, graph),
    ...message(8, [...text(1, ''), ...integer(2, OPSET)]),
  ])
}

/**
 * A model with more nodes, with other outputs, and with what is known of it; the rest is copied as it stands.
 *
 * @param model as `encodeModel` writes it
 */
export function extendModel(
  model: Uint8Array,
  {
    nodes,
    initializers,
    outputs,
    metadata,
  }: Pick<OnnxModel, 'nodes' | 'initializers' | 'outputs'> & {
    readonly metadata: Readonly<Record<string, string>>
  },
): Buffer {
  const { bytes, fields, integer, message, text } = protobuf
  const copied = ({ field, value }: { field: number; value: number | Uint8Array }): protobuf.Pieces =>
    typeof value === 'number' ? integer(field, value) : bytes(field, value)
  const graphOf = (graph: Uint8Array): protobuf.Pieces => [
    ...[...fields(graph)].filter(({ field }) => field !== GRAPH_OUTPUT).flatMap(copied),
    ...nodes.flatMap((node, i) => message(1, encodeNode(node, `end_${i}`))),
    ...initializers.flatMap((tensor) => message(5, encodeTensor(tensor))),
    ...outputs.flatMap((port) => message(GRAPH_OUTPUT, encodePort(port))),
  ]
  return Buffer.concat([
    ...[...fields(model)].flatMap((each) =>
      each.field === MODEL_GRAPH ? message(MODEL_GRAPH, graphOf(each.value as Uint8Array)) : copied(each),
    ),
    ...Object.entries(metadata).flatMap(([key, value]) => message(14, [...text(1, key), ...text(2, value)])),
  ])
}

function encodeNode({ op, inputs, outputs, attributes }: OnnxNode, number: number | string): protobuf.Pieces {
  const { message, text } = protobuf
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...outputs.flatMap((output) => text(2, output)),
    ...text(3, `${op}_${number}`),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) =>
      message(5, [...text(1, name), ...encodeAttribute(value)]),
    ),
  ]
}

/** Values, and which kind they are (AttributeProto.AttributeType). */
function encodeAttribute(value: OnnxAttribute): protobuf.Pieces {
  const { float, integer, message, text } = protobuf
  const kind = (number: number) => integer(20, number)
  if ('float' in value) return [...float(2, value.float), ...kind(1)]
  if ('int' in value) return [...integer(3, value.int), ...kind(2)]
  if ('text' in value) return [...text(4, value.text), ...kind(3)]
  if ('tensor' in value) return [...message(5, encodeTensor(value.tensor)), ...kind(4)]
  return [...value.ints.flatMap((int) => integer(8, int)), ...kind(7)]
}

const encodeTensor = ({ name, type, shape, bytes }: OnnxTensor): protobuf.Pieces => [
  ...shape.flatMap((size) => protobuf.integer(1, size)),
  ...protobuf.integer(2, type),
  ...protobuf.text(8, name),
  ...protobuf.bytes(9, bytes),
]

function encodePort({ name, shape }: OnnxPort): protobuf.Pieces {
  const { integer, message, text } = protobuf
  const dimensions = shape?.flatMap((size) =>
    message(1, typeof size === 'string' ? text(2, size) : integer(1, size)),
  )
  const type = message(1, [
    ...integer(1, OnnxType.FLOAT),
    ...(dimensions === undefined ? [] : message(2, dimensions)),
  ])
  return [...text(1, name), ...message(2, type)]
}
