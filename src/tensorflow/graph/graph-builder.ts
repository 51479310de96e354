import { createHash } from 'node:crypto'
import { arrayTypeOf, DataType, type TensorValues } from '../data-types.js'
import type { AttributeValue, GraphNode, Shape } from './graph-def.js'

/** The output of a node: `node`, or `node:1` and so on for those after the first. */
export type Output = string

/** Operations that take a resource and leave it as it is. */
const readers = new Set(['ReadVariableOp', 'ResourceGather', 'VariableShape'])

interface Accesses {
  lastWrite: string | null
  readonly readsSince: string[]
}

/**
 * Collects the nodes of a graph or of a function's body.
 * Operations on one variable run in the order in which they were added.
 */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = []
  readonly #constants = new Map<string, Output>()
  readonly #variables = new Map<Output, Accesses>()
  readonly #sharesConstants: boolean

  constructor({ sharesConstants = true }: { sharesConstants?: boolean } = {}) {
    this.#sharesConstants = sharesConstants
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes
  }

  /** Adds a node and gives its first output. */
  node(
    op: string,
    inputs: readonly Output[] = [],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = `${op}_${this.#nodes.length}`,
  ): Output {
    return this.#add({ name, op, inputs, attributes })
  }

  /** Adds a node that ran, with the shapes that its outputs had. */
  recorded(
    op: string,
    inputs: readonly Output[],
    ran: Pick<GraphNode, 'attributes'> & { readonly shapes: readonly Shape[] },
  ): Output {
    return this.#add({ name: `${op}_${this.#nodes.length}`, op, inputs, ...ran })
  }

  placeholder(name: string, dtype: number, shape: readonly number[]): Output {
    return this.node('Placeholder', [], { dtype: { type: dtype }, shape: { shape } }, name)
  }

  /** A variable as an argument of a function. */
  variableArgument(name: string, dtype: number, shape: readonly number[]): Output {
    this.#variables.set(name, { lastWrite: null, readsSince: [] })
    const attributes = {
      dtype: { type: DataType.RESOURCE },
      shape: { shape: [] },
      _handle_dtypes: { types: [dtype] },
      _handle_shapes: { shapes: [shape] },
    }
    return this.node('Placeholder', [], attributes, name)
  }

  /** A variable of the session, by its name. */
  variable(name: string, dtype: number, shape: readonly number[]): Output {
    const attributes = { dtype: { type: dtype }, shape: { shape }, shared_name: { text: name } }
    return this.node('VarHandleOp', [], attributes, name)
  }

  /** Equal constants are one node, unless the builder was told otherwise. */
  constant(dtype: number, shape: readonly number[], values: ArrayLike<number> | TensorValues): Output {
    const ArrayType = arrayTypeOf(dtype) as Int32ArrayConstructor
    const typed = values instanceof ArrayType ? values : ArrayType.from(values as ArrayLike<number>)
    const bytes = Buffer.from(typed.slice().buffer)
    const key = `${dtype} ${shape} ${createHash('sha1').update(bytes).digest('base64')}`
    const known = this.#sharesConstants ? this.#constants.get(key) : undefined
    if (known !== undefined) return known
    const output = this.node('Const', [], {
      dtype: { type: dtype },
      value: { tensor: { dtype, shape, bytes } },
    })
    this.#constants.set(key, output)
    return output
  }

  int(value: number): Output {
    return this.constant(DataType.INT32, [], [value])
  }

  ints(values: readonly number[]): Output {
    return this.constant(DataType.INT32, [values.length], values)
  }

  read(variable: Output, dtype: number): Output {
    return this.node('ReadVariableOp', [variable], { dtype: { type: dtype } })
  }

  /** Gives the node, to be run or waited for. */
  assign(variable: Output, value: Output, dtype: number): string {
    return this.node('AssignVariableOp', [variable, value], { dtype: { type: dtype } })
  }

  /** Adds to a variable. Gives the node, like `assign`. */
  add(variable: Output, value: Output, dtype: number): string {
    return this.node('AssignAddVariableOp', [variable, value], { dtype: { type: dtype } })
  }

  /** Rows of a variable. */
  gatherRows(variable: Output, indices: Output, dtype: number): Output {
    const attributes = {
      dtype: { type: dtype },
      Tindices: { type: DataType.INT32 },
      batch_dims: { int: 0 },
      validate_indices: { bool: true },
    }
    return this.node('ResourceGather', [variable, indices], attributes)
  }

  /** Element `index` of the first axis. */
  element(from: Output, index: Output, dtype: number): Output {
    const attributes = {
      Tparams: { type: dtype },
      Tindices: { type: DataType.INT32 },
      Taxis: { type: DataType.INT32 },
      batch_dims: { int: 0 },
    }
    return this.node('GatherV2', [from, index, this.int(0)], attributes)
  }

  /** The elements of a float vector. */
  unpack(vector: Output, count: number): Output[] {
    const attributes = { T: { type: DataType.FLOAT }, num: { int: count }, axis: { int: 0 } }
    const node = this.node('Unpack', [vector], attributes)
    return Array.from({ length: count }, (_, i) => `${node}:${i}`)
  }

  /** What must run so that every variable has been written: control inputs. */
  get effects(): string[] {
    const writes = [...this.#variables.values()].map(({ lastWrite }) => lastWrite)
    return [...new Set(writes.filter((write) => write !== null))].map((write) => `^${write}`)
  }

  /** The nodes that the given outputs and nodes need, in their order. */
  needed(outputs: readonly string[]): GraphNode[] {
    const byName = new Map(this.#nodes.map((node) => [node.name, node]))
    const kept = new Set<string>()
    const open = outputs.map(nodeOf)
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (kept.has(name)) continue
      kept.add(name)
      open.push(...(byName.get(name)?.inputs ?? []).map(nodeOf))
    }
    return this.#nodes.filter(({ name }) => kept.has(name))
  }

  #add(node: GraphNode): Output {
    const { name, op, inputs } = node
    const before = inputs.flatMap((input) => this.#access(input, op, name))
    this.#nodes.push({ ...node, inputs: [...inputs, ...before] })
    return name
  }

  /** Remembers an access to a variable. @returns the control inputs that keep it in order */
  #access(input: Output, op: string, name: string): string[] {
    const accesses = this.#variables.get(input)
    if (accesses === undefined) return []
    const { lastWrite, readsSince } = accesses
    const afterWrite = lastWrite === null ? [] : [`^${lastWrite}`]
    if (readers.has(op)) {
      readsSince.push(name)
      return afterWrite
    }
    accesses.lastWrite = name
    return [...afterWrite, ...readsSince.splice(0).map((read) => `^${read}`)]
  }
}

/** The first dimension of a tensor, an int32 scalar. */
export function rowsOf(graph: GraphBuilder, tensor: Output, dtype: number): Output {
  const shape = graph.node('Shape', [tensor], {
    T: { type: dtype },
    out_type: { type: DataType.INT32 },
  })
  return graph.element(shape, graph.int(0), DataType.INT32)
}

/** The node of `node`, `node:output` or `^node`. */
const nodeOf = (input: string): string => input.replace(/^\^/, '').replace(/:\d+$/, '')
