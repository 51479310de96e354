import { fields, messageFields } from '../tensorflow/graph/protobuf.js'

type Kind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training'

/** Where messages that hold tensors stand in each other (onnx/onnx.proto). */
const held: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
  tensor: {},
}

/** TensorProto: where the numbers are, and that they are in a file beside the model. */
const [EXTERNAL_DATA, DATA_LOCATION] = [13, 14]
/** Graphs within graphs: none of ours has any. */
const MAX_DEPTH = 32

/**
 * Whether an ONNX model would have whoever loads it read files: tensors can name one in place of their numbers.
 *
 * @throws TypeError when it is no ONNX model
 */
export function readsFiles(model: Uint8Array): boolean {
  // ONNX Runtime would take this for a format of its own.
  if (Buffer.from(model.subarray(4, 8)).toString('latin1') === 'ORTM')
    throw new TypeError('it is no ONNX model')
  return readsFilesIn(model, { kind: 'model', depth: 0 })
}

function readsFilesIn(encoded: Uint8Array, { kind, depth }: { kind: Kind; depth: number }): boolean {
  if (depth > MAX_DEPTH) throw new TypeError('its graphs are nested too deep')
  if (kind === 'tensor') {
    for (const { field, value } of fields(encoded)) {
      if (field === EXTERNAL_DATA || (field === DATA_LOCATION && value !== 0)) return true
    }
    return false
  }
  for (const { field, value } of messageFields(encoded)) {
    const inner = held[kind][field]
    if (inner !== undefined && readsFilesIn(value, { kind: inner, depth: depth + 1 })) return true
  }
  return false
}
