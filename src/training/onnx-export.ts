import type { Head } from '../contracts/task.js'
import { extendModel, type OnnxNode, type OnnxTensor, OnnxType } from '../onnx/model-proto.js'
import { onnxPorts } from '../onnx/ports.js'

/**
 * A version's ONNX form with the head's scale behind it, [rows, units] under another name.
 *
 * @param onnx the forward pass with the head's activation, as `onnxModel` makes it
 * @param options.metadata what the file says of itself, by key
 */
export function onnxExport(
  onnx: Uint8Array,
  { head, output, metadata }: { head: Head; output: string; metadata: Readonly<Record<string, string>> },
): Buffer {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const add = (op: string, inputs: string[], name: string) =>
    nodes.push({ op, inputs, outputs: [name], attributes: {} })
  if (head.scale === undefined) add('Identity', [onnxPorts.output], output)
  else {
    const { multiply, add: offset } = head.scale
    initializers.push(scalar('scale_multiply', multiply), scalar('scale_add', offset))
    add('Mul', [onnxPorts.output, 'scale_multiply'], 'scaled')
    add('Add', ['scaled', 'scale_add'], output)
  }
  const outputs = [{ name: output, shape: ['rows', head.units] }]
  return extendModel(onnx, { nodes, initializers, outputs, metadata })
}

const scalar = (name: string, value: number): OnnxTensor => ({
  name,
  type: OnnxType.FLOAT,
  shape: [],
  bytes: new Uint8Array(Float32Array.of(value).buffer),
})
