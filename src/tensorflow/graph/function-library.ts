import type { Handle, Pointer } from '../c-api.js'
import type { Native } from '../native.js'
import { tensorFlowError } from '../status.js'
import type { Output } from './graph-builder.js'
import { encodeGraphDef, type GraphNode } from './graph-def.js'

/** A function of a graph: its body's placeholders named by `parameters` are its arguments. */
export interface GraphFunction {
  readonly name: string
  readonly body: readonly GraphNode[]
  readonly parameters: readonly Output[]
  readonly results: readonly Output[]
  /** Functions that the body calls. */
  readonly uses?: readonly GraphFunction[]
}

/** Makes a native graph. The caller deletes it. @throws FlywheelError tensorflow-failed when the nodes do not fit together */
export function createGraph(native: Native, part: GraphPart): Pointer {
  const { c } = native
  const graph = c.TF_NewGraph()
  native.count(1)
  try {
    extendGraph(native, graph, part)
    return graph
  } catch (error) {
    deleteGraph(native, graph)
    throw error
  }
}

/** Nodes and the functions that they call. */
export interface GraphPart {
  readonly nodes: readonly GraphNode[]
  readonly functions: readonly GraphFunction[]
  /** The nodes are named `prefix/name`. */
  readonly prefix?: string
}

export function extendGraph(native: Native, graph: Pointer, { nodes, functions, prefix }: GraphPart): void {
  for (const each of functions) addFunction(native, graph, each)
  importNodes(native, graph, { nodes, prefix })
}

export function deleteGraph(native: Native, graph: Pointer): void {
  native.c.TF_DeleteGraph(graph)
  native.count(-1)
}

/** TF_Outputs: address of the operation, then its output's number. */
export function outputsOf(native: Native, graph: Pointer, outputs: readonly Output[]): BigUint64Array {
  return BigUint64Array.from(
    outputs.flatMap((output) => {
      const [name, index = '0'] = output.split(':')
      return [operationOf(native, graph, name as string), BigInt(index)]
    }),
  )
}

export function operationOf({ c }: Native, graph: Pointer, name: string): Pointer {
  const operation: Handle = c.TF_GraphOperationByName(graph, name)
  if (operation === null) throw tensorFlowError(name, 'NOT_FOUND', 'the graph has no such operation')
  return operation
}

/** Functions that are called come before those that call them. Copying a function copies what it calls. */
function addFunction(native: Native, graph: Pointer, added: GraphFunction): void {
  const { c, status } = native
  const { name, body, parameters, results, uses = [] } = added
  for (const used of uses) addFunction(native, graph, used)
  const own = createGraph(native, { nodes: body, functions: uses })
  try {
    const [inputs, outputs] = [outputsOf(native, own, parameters), outputsOf(native, own, results)]
    const [ni, no] = [parameters.length, results.length]
    const p = status.pointer
    const f = c.TF_GraphToFunction(own, name, 0, -1, null, ni, inputs, no, outputs, null, null, null, p)
    status.check(`function ${name}`)
    c.TF_GraphCopyFunction(graph, f, null, p)
    c.TF_DeleteFunction(f)
    status.check(`function ${name}`)
  } finally {
    deleteGraph(native, own)
  }
}

function importNodes(
  { c, status }: Native,
  graph: Pointer,
  { nodes, prefix }: { nodes: readonly GraphNode[]; prefix: string | undefined },
): void {
  const encoded = encodeGraphDef(nodes)
  const buffer = c.TF_NewBufferFromString(encoded, encoded.length)
  const options = c.TF_NewImportGraphDefOptions()
  if (prefix !== undefined) c.TF_ImportGraphDefOptionsSetPrefix(options, prefix)
  try {
    c.TF_GraphImportGraphDef(graph, buffer, options, status.pointer)
    status.check('ImportGraphDef')
  } finally {
    c.TF_DeleteImportGraphDefOptions(options)
    c.TF_DeleteBuffer(buffer)
  }
}
