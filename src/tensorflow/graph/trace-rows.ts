import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../contracts/errors.js'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { hasSameAttributes, readerOf } from './frozen-values.js'
import { GraphBuilder, type Output } from './graph-builder.js'
import type { GraphNode, Shape } from './graph-def.js'
import { trace } from './trace.js'

/** Two numbers of rows that no model has as a size of its own. */
const [FEW, MANY] = [61, 67]

/** Marks outputs of the surrounding graph within a traced part. */
const OUTER = '@'

/**
 * Traces a function of rows so that it takes any number of them: it is run with two numbers of rows, and what
 * differs between the two traces is computed from the number of rows in the graph.
 *
 * @param options.rows the number of rows, an int32 scalar of the graph
 * @param options.inputs outputs of the graph with an open first dimension, and the size of one row
 * @param options.bound tensors that the function reads, and the outputs that they stand for
 * @throws FlywheelError tensorflow-failed when it can not be traced, or depends on the number of rows otherwise
 */
export function traceRows(options: {
  readonly tf: TensorFlow
  readonly graph: GraphBuilder
  readonly rows: Output
  readonly inputs: readonly {
    readonly output: Output
    readonly dtype: 'float32' | 'int32'
    readonly shape: readonly number[]
  }[]
  readonly bound: readonly (readonly [Tensor, Output])[]
  readonly run: (...inputs: Tensor[]) => readonly Tensor[]
}): Output[] {
  const { tf, graph, inputs, bound, run } = options
  const [few, many] = [FEW, MANY].map((rows) => {
    const part = new GraphBuilder({ sharesConstants: false })
    const tensors = inputs.map(({ dtype, shape }) => tf.zeros([rows, ...shape], dtype))
    try {
      const results = trace({
        tf,
        graph: part,
        inputs: [
          ...bound.map(([tensor, output]) => [tensor, OUTER + output] as const),
          ...tensors.map((tensor, i) => [tensor, OUTER + inputs[i]?.output] as const),
        ],
        run: ({ outputOf }) => tf.tidy(() => run(...tensors).map(outputOf)),
      })
      return { nodes: part.needed(results), results }
    } finally {
      tf.dispose(tensors)
    }
  }) as unknown as [Part, Part]
  return merge(graph, options.rows, [few, many])
}

interface Part {
  readonly nodes: readonly GraphNode[]
  readonly results: readonly Output[]
}

function merge(graph: GraphBuilder, rows: Output, [few, many]: readonly [Part, Part]): Output[] {
  const names = new Map<string, Output>()
  const outer = (input: Output): Output => {
    if (input.startsWith(OUTER)) return input.slice(OUTER.length)
    const [node, index] = input.split(':') as [string, string?]
    return index === undefined ? (names.get(node) as Output) : `${names.get(node)}:${index}`
  }
  if (few.nodes.length !== many.nodes.length) throw dependent('the model', 'takes other operations')
  few.nodes.forEach((node, i) => {
    const other = many.nodes[i] as GraphNode
    if (node.op !== other.op || `${node.inputs}` !== `${other.inputs}`)
      throw dependent(node.op, 'changes place')
    if (node.op === 'Const') {
      names.set(
        node.name,
        mergeConstants({ graph, rows, reader: readerOf([node, few.nodes]) }, [node, other]),
      )
      return
    }
    if (!hasSameAttributes(node.attributes, other.attributes))
      throw dependent(node.op, 'changes its attributes')
    const { op, inputs, attributes } = node
    names.set(
      node.name,
      graph.recorded(op, inputs.map(outer), { attributes, shapes: openShapes(node, other) }),
    )
  })
  return few.results.map(outer)
}

/** Of a node's outputs, with what differs left open. */
function openShapes({ shapes = [] }: GraphNode, other: GraphNode): Shape[] {
  return shapes.map((shape, output) =>
    shape.map((size, axis) => (size === other.shapes?.[output]?.[axis] ? size : -1)),
  )
}

/** Shapes become sums of a constant and a multiple of the rows; other values are filled to the size they need. */
function mergeConstants(
  { graph, rows, reader }: { graph: GraphBuilder; rows: Output; reader: string },
  nodes: readonly [GraphNode, GraphNode],
): Output {
  const [few, many] = nodes.map(tensorOf) as [ConstantTensor, ConstantTensor]
  const { dtype, shape, bytes } = few
  if (`${shape}` === `${many.shape}`) {
    if (Buffer.compare(bytes, many.bytes) === 0) return graph.constant(dtype, shape, valuesOf(few))
    if (dtype !== DataType.INT32) throw dependent(reader, OTHER_VALUES)
    return linear(graph, rows, { shape, few: valuesOf(few), many: valuesOf(many) })
  }
  const [value] = valuesOf(few)
  const isUniform = [few, many].every((each) => valuesOf(each).every((element) => element === value))
  if (!isUniform || value === undefined || shape.length !== many.shape.length) {
    throw dependent(reader, OTHER_VALUES)
  }
  const dimensions = linear(graph, rows, { shape: [shape.length], few: shape, many: many.shape })
  return graph.node('Fill', [dimensions, graph.constant(dtype, [], [value])], {
    T: { type: dtype },
    index_type: { type: DataType.INT32 },
  })
}

/** constant + slope · rows, from the values at two numbers of rows. */
function linear(
  graph: GraphBuilder,
  rows: Output,
  values: { shape: readonly number[]; few: ArrayLike<number>; many: ArrayLike<number> },
): Output {
  const slopes = Array.from(values.few, (few, i) => ((values.many[i] as number) - few) / (MANY - FEW))
  if (!slopes.every(Number.isInteger)) throw dependent('a size', 'is no multiple of the rows')
  const constants = Array.from(values.few, (few, i) => few - (slopes[i] as number) * FEW)
  const [int32, { shape }] = [{ T: { type: DataType.INT32 } }, values]
  const multiples = graph.node('Mul', [rows, graph.constant(DataType.INT32, shape, slopes)], int32)
  return graph.node('AddV2', [multiples, graph.constant(DataType.INT32, shape, constants)], int32)
}

/** Random ones, for example. */
const OTHER_VALUES = 'reads other values that JavaScript made'

interface ConstantTensor {
  readonly dtype: number
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const tensorOf = ({ attributes }: GraphNode): ConstantTensor =>
  (attributes.value as { tensor: ConstantTensor }).tensor

function valuesOf({ dtype, bytes }: ConstantTensor): Float32Array | Int32Array | Uint8Array {
  const copy = Uint8Array.from(bytes)
  if (dtype === DataType.FLOAT) return new Float32Array(copy.buffer)
  return dtype === DataType.INT32 ? new Int32Array(copy.buffer) : copy
}

function dependent(what: string, how: string): FlywheelError {
  return new FlywheelError('tensorflow-failed', `With another number of rows ${what} ${how}`, {
    members: { operation: what, tensorflowCode: 'UNTRACEABLE' },
  })
}
