import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { GraphBuilder, type Output, rowsOf } from '../tensorflow/graph/graph-builder.js'
import type { GraphNode } from '../tensorflow/graph/graph-def.js'
import { traceRows } from '../tensorflow/graph/trace-rows.js'
import { readWeights } from './network.js'

/**
 * The forward pass for any number of rows as nodes that other formats are written from, weights as constants.
 *
 * @param options.input name of the graph's input, [rows, …row]
 * @param options.output name of the graph's output, [rows, units]
 * @param options.composed layers that have an operation of TensorFlow alone compute with plain ones
 * @param options.finish what comes after the logits
 * @param options.source makes the input, [rows, …row], of that name; absent: it is fed
 * @param options.after adds what is made of the output, and names it
 * @throws FlywheelError tensorflow-failed when it can not be traced; see `isUntraceable`
 */
export function forwardGraph(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly input: string
  readonly output: string
  readonly composed: boolean
  readonly finish: (tf: TensorFlow, logits: Tensor, head: Head) => Tensor
  readonly source?: (graph: GraphBuilder, row: readonly number[]) => Output
  readonly after?: (graph: GraphBuilder, output: Output) => readonly Output[]
}): { nodes: readonly GraphNode[]; row: readonly number[] } {
  const { tf, model, head, input, output, composed, finish, source, after } = options
  const row = model.inputs[0]?.shape.slice(1) as number[]
  const graph = new GraphBuilder()
  const features = source?.(graph, row) ?? graph.placeholder(input, DataType.FLOAT, [-1, ...row])
  const weights = addConstants(graph, model)
  const [result] = traceRows({
    tf,
    graph,
    rows: rowsOf(graph, features, DataType.FLOAT),
    inputs: [{ output: features, dtype: 'float32', shape: row }],
    bound: model.weights.map((weight, i) => [weight.read(), weights[i] as Output] as const),
    run(x) {
      const logits = model.apply(x as Tensor, { training: false, ...(composed && { composed }) }) as Tensor
      return [finish(tf, logits, head)]
    },
  })
  graph.node('Identity', [result as Output], { T: { type: DataType.FLOAT } }, output)
  return { nodes: graph.needed([output, ...(after?.(graph, output) ?? [])]), row }
}

/** The weights under their own names, each once. */
function addConstants(graph: GraphBuilder, model: LayersModel): Output[] {
  return readWeights(model).map(({ name, shape, values }) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const tensor = { dtype: DataType.FLOAT, shape, bytes }
    return graph.node('Const', [], { dtype: { type: DataType.FLOAT }, value: { tensor } }, name)
  })
}
