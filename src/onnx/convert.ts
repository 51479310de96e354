import type { GraphNode } from '../tensorflow/graph/graph-def.js'
import { jsonNodes } from '../tensorflow/graph/graph-def-json.js'
import { type Constant, OnnxBuilder, type Value, withoutForm } from './builder.js'
import type { OnnxModel } from './model-proto.js'
import { type Conversions, Operation } from './operation.js'
import { elementwise } from './operations/elementwise.js'
import { images } from './operations/images.js'
import { products } from './operations/products.js'
import { recurrent } from './operations/recurrent.js'
import { shapes } from './operations/shapes.js'

const conversions: Conversions = { ...elementwise, ...products, ...images, ...recurrent, ...shapes }

export interface Port {
  /** Of the node in the graph, and of the model's input or output. */
  readonly name: string
  /** Of one row. */
  readonly shape: readonly number[]
}

/**
 * A traced forward pass as an ONNX model (opset 17) for any number of rows, float32.
 *
 * @param nodes in an order in which each comes after what it reads
 * @throws FlywheelError job-failed that names the operation which has no ONNX form; see `hasNoOnnxForm`
 */
export function convertToOnnx(
  nodes: readonly GraphNode[],
  { input, output }: { readonly input: Port; readonly output: Port },
): OnnxModel {
  const to = new OnnxBuilder()
  const values = new Map<string, Value>()
  const find = (name: string): Value => {
    const value = values.get(name)
    if (value === undefined) throw withoutForm(name, 'of which another output is read')
    return value
  }
  const described = jsonNodes(nodes)
  nodes.forEach(({ name, op, inputs, attributes }, at) => {
    if (op === 'Const') {
      const { tensor } = attributes.value as { tensor: Constant }
      values.set(name, { rank: tensor.shape.length, constant: tensor })
      return
    }
    if (op === 'Placeholder') {
      if (name !== input.name) throw withoutForm(op, name)
      values.set(name, { rank: input.shape.length + 1, name })
      return
    }
    const convert = conversions[op]
    if (convert === undefined) throw withoutForm(op, '')
    const given = inputs.filter((each) => !each.startsWith('^')).map(find)
    const results = [convert(new Operation(described[at] as never, { inputs: given, to }))].flat()
    results.forEach((value, i) => {
      if (value !== undefined) values.set(i === 0 ? name : `${name}:${i}`, value)
    })
  })
  to.nodes.push({
    op: 'Identity',
    inputs: [to.name(find(output.name))],
    outputs: [output.name],
    attributes: {},
  })
  return {
    nodes: to.nodes,
    initializers: to.initializers,
    inputs: [{ name: input.name, shape: ['rows', ...input.shape] }],
    outputs: [{ name: output.name, shape: ['rows', ...output.shape] }],
  }
}
