import * as protobuf from './protobuf.js'

/** A tensor's dimensions; −1 is one that is not known. */
export type Shape = readonly number[]

/** The value of a node's attribute (tensorflow/core/framework/attr_value.proto). */
export type AttributeValue =
  | { readonly type: number }
  | { readonly types: readonly number[] }
  | { readonly int: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly shape: Shape }
  | { readonly shapes: readonly (Shape | null)[] }
  | { readonly tensor: { readonly dtype: number; readonly shape: Shape; readonly bytes: Uint8Array } }
  | { readonly function: string }
  /** As TensorFlow itself wrote it. */
  | { readonly encoded: Uint8Array }

export interface GraphNode {
  readonly name: string
  readonly op: string
  /** `node`, `node:output`, or `^node` for what must run before. */
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /**
   * Of its outputs, where it was recorded: TensorFlow refuses a graph in which those that other nodes read would have
   * others. Outputs that nobody reads may be empty in one way or another, as FusedBatchNormGradV3's last two are.
   */
  readonly shapes?: readonly Shape[]
}

/** The version of the format; libtensorflow 2.21 writes this one. */
export const PRODUCER = 2474

/** Nodes as a GraphDef. Field numbers stand in tensorflow/core/framework/{graph,node_def,attr_value}.proto. */
export function encodeGraphDef(nodes: readonly GraphNode[]): Buffer {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  const pieces = nodes.flatMap((node) => protobuf.message(1, encodeNode(node, read)))
  return Buffer.concat([...pieces, ...protobuf.message(4, protobuf.integer(1, PRODUCER))])
}

function encodeNode(node: GraphNode, read: ReadonlySet<string>): protobuf.Pieces {
  const { name, op, inputs, attributes } = node
  const shapes = node.shapes?.map((shape, i) => (read.has(i === 0 ? name : `${name}:${i}`) ? shape : null))
  const all = shapes === undefined ? attributes : { ...attributes, _output_shapes: { shapes } }
  return [
    ...protobuf.text(1, name),
    ...protobuf.text(2, op),
    ...inputs.flatMap((input) => protobuf.text(3, input)),
    ...Object.entries(all).flatMap(([key, value]) =>
      protobuf.message(5, [...protobuf.text(1, key), ...protobuf.message(2, encodeAttribute(value))]),
    ),
  ]
}

/** An attribute's value as an AttrValue. */
export function encodeAttribute(value: AttributeValue): protobuf.Pieces {
  if ('encoded' in value) return [value.encoded]
  if ('type' in value) return protobuf.integer(6, value.type)
  if ('types' in value) return protobuf.message(1, protobuf.packedIntegers(6, value.types))
  if ('int' in value) return protobuf.integer(3, value.int)
  if ('bool' in value) return protobuf.integer(5, value.bool ? 1 : 0)
  if ('text' in value) return protobuf.text(2, value.text)
  if ('shape' in value) return protobuf.message(7, encodeShape(value.shape))
  if ('shapes' in value) {
    return protobuf.message(
      1,
      value.shapes.flatMap((shape) => protobuf.message(7, encodeShape(shape))),
    )
  }
  if ('function' in value) return protobuf.message(10, protobuf.text(1, value.function))
  const { dtype, shape, bytes } = value.tensor
  return protobuf.message(8, [
    ...protobuf.integer(1, dtype),
    ...protobuf.message(2, encodeShape(shape)),
    ...protobuf.bytes(4, bytes),
  ])
}

/** null: of unknown rank */
const encodeShape = (shape: Shape | null): protobuf.Pieces =>
  shape === null
    ? protobuf.integer(3, 1)
    : shape.flatMap((size) => protobuf.message(2, protobuf.integer(1, size)))

/** The attributes of a NameAttrList, each as encoded. */
export function decodeAttributes(nameAttrList: Uint8Array): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const { field, value: entry } of protobuf.messageFields(nameAttrList)) {
    if (field !== 2) continue
    let key = ''
    let encoded = new Uint8Array(0)
    for (const part of protobuf.messageFields(entry)) {
      if (part.field === 1) key = Buffer.from(part.value).toString()
      else encoded = part.value.slice()
    }
    attributes[key] = { encoded }
  }
  return attributes
}
