import type { LayersModel } from '@tensorflow/tfjs'
import { FlywheelError } from '../../contracts/errors.js'
import type { TensorFlow } from '../../contracts/family.js'
import type { Head } from '../../contracts/task.js'
import { DataType } from '../../tensorflow/data-types.js'
import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import { textConstant } from '../../tensorflow/graph/text-constant.js'
import { nativeOf } from '../../tensorflow/native.js'
import {
  encodeSavedModel,
  type SavedSignature,
  type SignatureTensor,
} from '../../tensorflow/saved-model/encode-saved-model.js'
import { answered } from '../activation.js'
import { forwardGraph } from '../forward-graph.js'
import type { ColumnsWriter } from './columns-to-numbers.js'

/** protobuf's own bound of a message. */
const maxBytes = 2 ** 31 - 1

/** Signatures that take columns, and the network's numbers. */
export const signatureNames = { columns: 'serving_default', numbers: 'numbers' } as const

const { DOUBLE, FLOAT, INT32, STRING } = DataType

/**
 * The forward pass for any number of rows as saved_model.pb, weights as constants: a signature `numbers`, and where the
 * preprocessing stands in the graph `serving_default`, which takes columns; else `serving_default` takes numbers too.
 *
 * @param options.labels of classes in the order of the outputs, as texts; the output `label` gives the answered one
 * @param options.threshold of the second of two classes
 * @throws FlywheelError tensorflow-failed when it can not be traced; job-failed when it takes 2 GiB or more
 */
export function savedModel({
  tf,
  model,
  head,
  input,
  output,
  columns,
  labels,
  threshold,
}: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly input: string
  readonly output: string
  readonly columns: ColumnsWriter | null
  readonly labels: readonly string[]
  readonly threshold: number | undefined
}): { readonly bytes: Buffer; readonly signatures: readonly SavedSignature[] } {
  const { nodes, row } = forwardGraph({
    tf,
    model,
    head,
    input,
    output,
    composed: false,
    finish: answered,
    ...(columns && { source: (graph, shape) => fromColumns(graph, { columns, shape, name: input }) }),
    ...(labels.length > 0 && { after: (graph) => [addLabel(graph, { output, labels, threshold })] }),
  })
  const outputs: SignatureTensor[] = [
    { name: output, node: output, dtype: FLOAT, shape: [-1, head.units] },
    ...(labels.length > 0 ? [{ name: 'label', node: 'label', dtype: STRING, shape: [-1] }] : []),
  ]
  const numbers = [{ name: input, node: input, dtype: FLOAT, shape: [-1, ...row] }]
  const signatures: SavedSignature[] = [
    { name: signatureNames.columns, inputs: columns?.inputs ?? numbers, outputs },
    { name: signatureNames.numbers, inputs: numbers, outputs },
  ]
  const bytes = encodeSavedModel({ nodes, signatures, version: nativeOf(tf).c.TF_Version() })
  if (bytes.length <= maxBytes) return { bytes, signatures }
  throw new FlywheelError(
    'job-failed',
    `A SavedModel has at most ${maxBytes} bytes, received ${bytes.length}`,
    {
      remedy: 'Export it as safetensors',
    },
  )
}

/** The network's input: what the columns become, unless it is fed itself. */
function fromColumns(
  graph: GraphBuilder,
  { columns, shape, name }: { columns: ColumnsWriter; shape: readonly number[]; name: string },
): Output {
  const reshaped = graph.node('Reshape', [columns.write(graph), graph.ints([-1, ...shape])], {
    T: { type: FLOAT },
    Tshape: { type: INT32 },
  })
  const attributes = { dtype: { type: FLOAT }, shape: { shape: [-1, ...shape] } }
  return graph.node('PlaceholderWithDefault', [reshaped], attributes, name)
}

/** The answered class of each row, STRING [rows]. */
function addLabel(
  graph: GraphBuilder,
  { output, labels, threshold }: { output: Output; labels: readonly string[]; threshold: number | undefined },
): Output {
  const place =
    threshold === undefined ? mostProbable(graph, output) : fromThreshold(graph, output, threshold)
  return graph.node(
    'GatherV2',
    [textConstant(graph, [labels.length], labels), place, graph.int(0)],
    gathering(STRING),
    'label',
  )
}

const mostProbable = (graph: GraphBuilder, output: Output): Output =>
  graph.node('ArgMax', [output, graph.int(1)], {
    T: { type: FLOAT },
    Tidx: { type: INT32 },
    output_type: { type: INT32 },
  })

/** 1 where the second probability is at least the threshold. */
function fromThreshold(graph: GraphBuilder, output: Output, threshold: number): Output {
  const second = graph.node('GatherV2', [output, graph.int(1), graph.int(1)], gathering(FLOAT))
  const exact = graph.node('Cast', [second], { SrcT: { type: FLOAT }, DstT: { type: DOUBLE } })
  const from = graph.constant(DOUBLE, [], Float64Array.of(threshold))
  const isSecond = graph.node('GreaterEqual', [exact, from], { T: { type: DOUBLE } })
  return graph.node('Cast', [isSecond], { SrcT: { type: DataType.BOOL }, DstT: { type: INT32 } })
}

const gathering = (dtype: number) => ({
  Tparams: { type: dtype },
  Tindices: { type: INT32 },
  Taxis: { type: INT32 },
  batch_dims: { int: 0 },
})
