import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { GraphBuilder, type Output, rowsOf } from '../tensorflow/graph/graph-builder.js'
import { openSession } from '../tensorflow/graph/session.js'
import { openTraced } from '../tensorflow/graph/trace.js'
import { traceRows } from '../tensorflow/graph/trace-rows.js'
import { activated } from './activation.js'
import { addAccess, writeVariables } from './compiled/session-weights.js'
import { activationBytes, forwardRows } from './forward-rows.js'
import { readWeights } from './network.js'

/** A network's forward pass as a graph with a session of its own, which many calls may share. */
export interface CompiledNetwork {
  /**
   * Off the event loop, unless it takes less time than handing it over would.
   *
   * @param features [rows, width], row-major
   * @returns [rows, units], row-major, after the head's activation and before its scale
   */
  run(features: Float32Array, rows: number): Promise<Float32Array>
  /** The same on this thread. */
  runHere(features: Float32Array, rows: number): Float32Array
  dispose(): void
}

/** Weights of more bytes are variables: TensorFlow keeps several copies of a graph's constants. */
const maxConstantBytes = 2 ** 27

/** What blocks the event loop for less stays on it: handing over costs 0.05 ms. */
const shortMs = 0.25

/**
 * Traces the forward pass for any number of rows. The model may be disposed of afterwards.
 *
 * @throws FlywheelError tensorflow-failed when it can not be traced; see `isUntraceable`
 */
export function compileNetwork({
  tf,
  model,
  head,
}: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
}): CompiledNetwork {
  const shape = model.inputs[0]?.shape.slice(1) as number[]
  const width = shape.reduce((product, size) => product * size, 1)
  const graph = new GraphBuilder()
  const features = graph.placeholder('features', DataType.FLOAT, [-1, ...shape])
  const weights = addWeights(graph, model)
  const fetches = traceRows({
    tf,
    graph,
    rows: rowsOf(graph, features, DataType.FLOAT),
    inputs: [{ output: features, dtype: 'float32', shape }],
    bound: model.weights.map((weight, i) => [weight.read(), weights.outputs[i] as Output] as const),
    run(x) {
      const logits = model.apply(x as Tensor, { training: false }) as Tensor
      return [activated(tf, logits, head)]
    },
  })
  // Operations of a forward pass follow each other: one thread runs them with the least overhead.
  const session = openTraced(() =>
    openSession({ tf, nodes: graph.nodes, config: { singleThreadedExecutor: true } }),
  )
  if (weights.variables.length > 0) writeVariables(session, weights.variables)
  const call = session.prepare({ name: 'forward pass', feeds: [features], fetches })
  const atOnce = forwardRows(activationBytes(model)) // the model may be gone later
  let msPerRow = Infinity

  const fed = (part: Float32Array, rows: number) => [
    { dtype: DataType.FLOAT, shape: [rows, ...shape], values: part },
  ]

  /** Parts of at most `atOnce` rows. */
  function* parts(all: Float32Array, rows: number) {
    for (let start = 0; start < rows; start += atOnce) {
      const count = Math.min(atOnce, rows - start)
      yield { start, given: fed(all.subarray(start * width, (start + count) * width), count) }
    }
  }

  function runHere(all: Float32Array, rows: number): Float32Array {
    if (rows <= atOnce) return call.run(fed(all, rows))[0] as Float32Array
    const outputs = new Float32Array(rows * head.units)
    for (const { start, given } of parts(all, rows)) {
      outputs.set(call.run(given)[0] as Float32Array, start * head.units)
    }
    return outputs
  }

  return {
    runHere,
    async run(all, rows) {
      const started = performance.now()
      let outputs: Float32Array
      if (rows * msPerRow < shortMs) outputs = runHere(all, rows)
      else {
        outputs = new Float32Array(rows * head.units)
        for (const { start, given } of parts(all, rows)) {
          outputs.set((await call.runAside(given))[0] as Float32Array, start * head.units)
        }
      }
      if (rows > 0) msPerRow = (performance.now() - started) / rows
      return outputs
    },
    dispose: session.dispose,
  }
}

/** The weights as constants, or as variables with the values that are to be written. */
function addWeights(graph: GraphBuilder, model: LayersModel) {
  const values = readWeights(model)
  const bytes = values.reduce((sum, weight) => sum + weight.values.byteLength, 0)
  if (bytes <= maxConstantBytes) {
    const outputs = values.map((weight) => graph.constant(DataType.FLOAT, weight.shape, weight.values))
    return { outputs, variables: [] }
  }
  const variables = values.map((weight, i) => {
    const variable = { name: `weight_${i}`, dtype: DataType.FLOAT, shape: weight.shape }
    graph.variable(variable.name, variable.dtype, variable.shape)
    addAccess(graph, variable)
    return { variable, values: weight.values }
  })
  return { outputs: variables.map(({ variable }) => graph.read(variable.name, DataType.FLOAT)), variables }
}
