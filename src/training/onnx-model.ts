import type { LayersModel } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { convertToOnnx } from '../onnx/convert.js'
import { activated } from './activation.js'
import { forwardGraph } from './forward-graph.js'

/** Names of the model's input, [rows, …row], and output, [rows, units]. */
export const onnxPorts = { input: 'features', output: 'outputs' } as const

/**
 * The forward pass with the head's activation, before its scale, as an ONNX model for any number of rows.
 *
 * @throws FlywheelError tensorflow-failed when it can not be traced (`isUntraceable`), job-failed when an operation has
 *   no ONNX form (`hasNoOnnxForm`)
 */
export function onnxModel(options: { tf: TensorFlow; model: LayersModel; head: Head }): Buffer {
  const { nodes, row } = forwardGraph({ ...options, ...onnxPorts, composed: false, finish: activated })
  return convertToOnnx(nodes, {
    input: { name: onnxPorts.input, shape: row },
    output: { name: onnxPorts.output, shape: [options.head.units] },
  })
}
