import { encodeGraphDef, type GraphNode } from '../graph/graph-def.js'
import * as protobuf from '../graph/protobuf.js'

/** A tensor of a signature. */
export interface SignatureTensor {
  /** In the signature. */
  readonly name: string
  /** In the graph: `node`. */
  readonly node: string
  readonly dtype: number
  /** −1 is a dimension of any size. */
  readonly shape: readonly number[]
}

export interface SavedSignature {
  readonly name: string
  readonly inputs: readonly SignatureTensor[]
  readonly outputs: readonly SignatureTensor[]
}

/** The tag of what is loaded to be served (tensorflow/cc/saved_model/tag_constants.h). */
export const SERVE = 'serve'
const SCHEMA_VERSION = 1
const PREDICT = 'tensorflow/serving/predict'

/**
 * A graph without variables as saved_model.pb. Field numbers stand in
 * tensorflow/core/protobuf/{saved_model,meta_graph}.proto.
 *
 * @param options.version TensorFlow's own
 */
export function encodeSavedModel({
  nodes,
  signatures,
  version,
}: {
  readonly nodes: readonly GraphNode[]
  readonly signatures: readonly SavedSignature[]
  readonly version: string
}): Buffer {
  const { bytes, integer, message, text } = protobuf
  const metaGraph = [
    ...message(1, [...text(4, SERVE), ...text(5, version)]),
    ...bytes(2, encodeGraphDef(nodes)),
    ...signatures.flatMap((signature) =>
      message(5, [...text(1, signature.name), ...message(2, encodeSignature(signature))]),
    ),
  ]
  return Buffer.concat([...integer(1, SCHEMA_VERSION), ...message(2, metaGraph)])
}

function encodeSignature({ inputs, outputs }: SavedSignature): protobuf.Pieces {
  const { message, text } = protobuf
  const entries = (field: number, tensors: readonly SignatureTensor[]): protobuf.Pieces =>
    tensors.flatMap((tensor) => message(field, [...text(1, tensor.name), ...message(2, tensorInfo(tensor))]))
  return [...entries(1, inputs), ...entries(2, outputs), ...text(3, PREDICT)]
}

const tensorInfo = ({ node, dtype, shape }: SignatureTensor): protobuf.Pieces => [
  ...protobuf.text(1, `${node}:0`),
  ...protobuf.integer(2, dtype),
  ...protobuf.message(
    3,
    shape.flatMap((size) => protobuf.message(2, protobuf.integer(1, size))),
  ),
]

/** The signatures of a MetaGraphDef, by name. */
export function decodeSignatures(metaGraph: Uint8Array): Map<string, SavedSignature> {
  const signatures = new Map<string, SavedSignature>()
  for (const { field, value } of protobuf.messageFields(metaGraph)) {
    if (field !== 5) continue
    const { key, content } = entryOf(value)
    const tensorsOf = (wanted: number) =>
      [...protobuf.messageFields(content)]
        .filter((each) => each.field === wanted)
        .map((each) => decodeTensor(each.value))
    signatures.set(key, { name: key, inputs: tensorsOf(1), outputs: tensorsOf(2) })
  }
  return signatures
}

function entryOf(entry: Uint8Array): { key: string; content: Uint8Array } {
  const [key, content] = [1, 2].map(
    (wanted) => [...protobuf.messageFields(entry)].find(({ field }) => field === wanted)?.value,
  )
  return { key: Buffer.from(key ?? []).toString(), content: content ?? new Uint8Array(0) }
}

function decodeTensor(entry: Uint8Array): SignatureTensor {
  const { key, content } = entryOf(entry)
  let [node, dtype] = ['', 0]
  let shape: number[] = []
  for (const { field, value } of protobuf.fields(content)) {
    if (field === 1)
      node = Buffer.from(value as Uint8Array)
        .toString()
        .replace(/:0$/, '')
    if (field === 2) dtype = value as number
    if (field === 3) shape = dimensionsOf(value as Uint8Array)
  }
  return { name: key, node, dtype, shape }
}

const dimensionsOf = (shape: Uint8Array): number[] =>
  [...protobuf.messageFields(shape)]
    .filter(({ field }) => field === 2)
    .map(({ value }) => [...protobuf.fields(value)].find(({ field }) => field === 1)?.value as number)
