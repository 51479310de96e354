import type { LayersModel } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { hasNoOnnxForm } from '../onnx/builder.js'
import { convertToOnnx } from '../onnx/convert.js'
import type { OnnxModel } from '../onnx/model-proto.js'
import { onnxPorts } from '../onnx/ports.js'
import { isUntraceable } from '../tensorflow/graph/trace.js'
import { activated } from './activation.js'
import { forwardGraph } from './forward-graph.js'

/**
 * The forward pass with the head's activation, before its scale, as an ONNX model for any number of rows, or why there
 * is none: it can not be traced, or has an operation without an ONNX form.
 */
export function onnxModel(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
}): { readonly onnx: OnnxModel } | { readonly reason: string } {
  try {
    const { nodes, row } = forwardGraph({ ...options, ...onnxPorts, composed: false, finish: activated })
    const input = { name: onnxPorts.input, shape: row }
    const output = { name: onnxPorts.output, shape: [options.head.units] }
    return { onnx: convertToOnnx(nodes, { input, output }) }
  } catch (error) {
    if (hasNoOnnxForm(error) || isUntraceable(error)) return { reason: (error as Error).message }
    throw error
  }
}
