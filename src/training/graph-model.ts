import type { io, LayersModel } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { type GraphNode, PRODUCER } from '../tensorflow/graph/graph-def.js'
import { jsonNodes, jsonShape, typeName } from '../tensorflow/graph/graph-def-json.js'
import { answered } from './activation.js'
import { forwardGraph } from './forward-graph.js'

const dtypes: Readonly<Record<number, 'float32' | 'int32' | 'bool'>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.INT32]: 'int32',
  [DataType.BOOL]: 'bool',
}

/**
 * The forward pass for any number of rows, with what comes after the logits, as TensorFlow.js's graph model.
 *
 * @param options.input name of the graph's input
 * @param options.output name of the graph's output, [rows, units] after the head's activation and scale
 * @throws FlywheelError tensorflow-failed when it can not be traced; see `isUntraceable`
 */
export function graphModel(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly input: string
  readonly output: string
}): io.ModelArtifacts {
  const { head, input, output } = options
  const { nodes, row } = forwardGraph({ ...options, composed: true, finish: answered })
  const shape = [-1, ...row]
  const constants = nodes.filter(({ op }) => op === 'Const').map(constantOf)
  return {
    format: 'graph-model',
    generatedBy: 'Flywheel',
    convertedBy: null as never,
    modelTopology: { node: jsonNodes(nodes), versions: { producer: PRODUCER, minConsumer: 0 } },
    weightSpecs: constants.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] })),
    weightData: joined(constants.map(({ bytes }) => bytes)),
    signature: {
      inputs: { [input]: tensorInfo(input, shape) },
      outputs: { [output]: tensorInfo(output, [-1, head.units]) },
    },
  }
}

function constantOf({ name, attributes }: GraphNode) {
  const { tensor } = attributes.value as {
    tensor: { dtype: number; shape: readonly number[]; bytes: Uint8Array }
  }
  const dtype = dtypes[tensor.dtype]
  if (dtype === undefined) throw new TypeError(`TensorFlow.js has no constants of ${typeName(tensor.dtype)}`)
  return { name, dtype, shape: tensor.shape, bytes: tensor.bytes }
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all.buffer
}

const tensorInfo = (name: string, shape: readonly number[]) => ({
  name: `${name}:0`,
  dtype: typeName(DataType.FLOAT),
  tensorShape: jsonShape(shape),
})
