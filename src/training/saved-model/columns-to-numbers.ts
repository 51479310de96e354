import { kindOfType } from '../../contracts/dataset.js'
import { discover } from '../../contracts/discovery.js'
import type { FittedTransform } from '../../contracts/transform.js'
import { DataType } from '../../tensorflow/data-types.js'
import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import { textConstant } from '../../tensorflow/graph/text-constant.js'
import type { SignatureTensor } from '../../tensorflow/saved-model/encode-saved-model.js'
import { argumentNames } from './argument-names.js'
import { type ColumnOutput, ColumnsGraph, type GraphStep, type NumericOutput } from './columns-graph.js'

type ColumnType = Parameters<typeof kindOfType>[0]

/** A version's preprocessing, from columns as clients send them to the network's numbers. */
export interface ColumnsChain {
  readonly inputs: readonly { readonly name: string; readonly type: ColumnType; readonly length?: number }[]
  /** Texts that stand for no value, beside the empty one. */
  readonly missing: readonly string[]
  readonly transforms: readonly FittedTransform[]
  readonly networkColumns: readonly string[]
}

/** Writes the chain into a graph. */
export interface ColumnsWriter {
  /** One for each of the chain's, by argument names. Numbers are DOUBLE (NaN: missing; booleans 0 and 1; dates in ms), texts STRING (empty: missing). */
  readonly inputs: readonly SignatureTensor[]
  /** @returns [rows, width], FLOAT */
  write(graph: GraphBuilder): Output
}

const steps = await discover<GraphStep>(new URL('./steps/', import.meta.url))

/** As datasets are read: spaces and tabs around a text are not part of it. */
const OUTER_SPACE = '^[ \\t]+|[ \\t]+$'

/** What computes the chain in a graph, or the names of what has no form there: transforms, and types of columns. */
export function columnsWriter(
  chain: ColumnsChain,
): ColumnsWriter | { readonly notInGraph: readonly string[] } {
  const notInGraph = [
    ...chain.inputs.filter(({ type }) => type === 'list' || type === 'image').map(({ type }) => type),
    ...chain.transforms.filter(({ name }) => !steps.has(name)).map(({ name }) => name),
  ]
  if (notInGraph.length > 0) return { notInGraph: [...new Set(notInGraph)] }
  const names = argumentNames(chain.inputs.map(({ name }) => name))
  const inputs = chain.inputs.map((input, at) => ({ ...tensorOf(input, at), name: names[at] as string }))
  return { inputs, write: (graph) => written(graph, chain, inputs) }
}

function tensorOf({ type, length = 1 }: ColumnsChain['inputs'][number], at: number) {
  const kind = kindOfType(type)
  const dtype = kind === 'text' ? DataType.STRING : kind === 'tensor' ? DataType.FLOAT : DataType.DOUBLE
  return { node: `column_${at}`, dtype, shape: kind === 'tensor' ? [-1, length] : [-1] }
}

function written(graph: GraphBuilder, chain: ColumnsChain, inputs: readonly SignatureTensor[]): Output {
  const columns = new ColumnsGraph(graph)
  const outputs = new Map<string, ColumnOutput>()
  for (const [at, { node, dtype, shape }] of inputs.entries()) {
    const name = chain.inputs[at]?.name as string
    const of = graph.placeholder(node, dtype, shape)
    if (dtype === DataType.DOUBLE) outputs.set(name, { kind: 'numeric', name, of, place: null })
    else if (dtype === DataType.STRING) outputs.set(name, textOf(graph, { name, of, missing: chain.missing }))
    else outputs.set(name, { kind: 'tensor', name, of: columns.float64(of), size: shape[1] as number })
  }
  for (const { name, columns: taken, state, options } of chain.transforms) {
    const given = taken.map((each) => outputs.get(each) as ColumnOutput)
    const made = steps.get(name)?.build(columns, given, state as never, options as never) ?? []
    for (const each of taken) outputs.delete(each)
    for (const each of made) outputs.set(each.name, each)
  }
  const network = chain.networkColumns.map((name) => outputs.get(name) as NumericOutput)
  return columns.float32(columns.matrix(network))
}

function textOf(
  graph: GraphBuilder,
  { name, of, missing }: { name: string; of: Output; missing: readonly string[] },
): ColumnOutput {
  const string = DataType.STRING
  const trimmed = graph.node('StaticRegexReplace', [of], {
    pattern: { text: OUTER_SPACE },
    rewrite: { text: '' },
    replace_global: { bool: true },
  })
  const standing = graph.node('ExpandDims', [trimmed, graph.int(1)], {
    T: { type: string },
    Tdim: { type: DataType.INT32 },
  })
  const words = ['', ...missing]
  const isWord = graph.node('Equal', [standing, textConstant(graph, [1, words.length], words)], {
    T: { type: string },
  })
  const isMissing = graph.node('Any', [isWord, graph.ints([1])], {
    keep_dims: { bool: false },
    Tidx: { type: DataType.INT32 },
  })
  return { kind: 'text', name, of: trimmed, missing: isMissing }
}
