import { DataType } from '../data-types.js'
import type { GraphFunction } from './function-library.js'
import { GraphBuilder, type Output } from './graph-builder.js'
import type { GraphNode } from './graph-def.js'

/** A value that goes through a function or a loop. */
export interface Argument {
  readonly name: string
  readonly dtype: number
  readonly shape: readonly number[]
}

/** A variable of the session that a function or a loop reads and writes. */
export type Variable = Argument

/** A loop: `while step < steps`, from step 0. */
export interface Loop {
  readonly name: string
  /** The first two are the int32 scalars `step` and `steps`. */
  readonly state: readonly Argument[]
  readonly variables: readonly Variable[]
  /** One turn: from arguments named as `state` and `variables` to `results`, the next values of `state`. */
  readonly body: readonly GraphNode[]
  readonly results: readonly Output[]
}

/** Starts a function's body with its arguments. */
export function bodyOf(state: readonly Argument[], variables: readonly Variable[]): GraphBuilder {
  const body = new GraphBuilder()
  for (const { name, dtype, shape } of state) body.placeholder(name, dtype, shape)
  for (const { name, dtype, shape } of variables) body.variableArgument(name, dtype, shape)
  return body
}

/**
 * Adds a loop to the session's graph itself, where it is lowered to single operations.
 * Only there does oneDNN replace the body's kernels: inside a function it never does, at half the speed.
 *
 * @returns the node; its outputs are the last values of `state`
 */
export function addLoop(
  graph: GraphBuilder,
  loop: Loop,
  initial: readonly Output[],
): { node: Output; functions: GraphFunction[] } {
  const functions = turnFunctions(loop)
  return { node: addWhile(graph, loop, { initial, isLowered: true }), functions }
}

/** Adds a loop that XLA compiles as a whole when it first runs. */
export function addCompiledLoop(
  graph: GraphBuilder,
  loop: Loop,
  initial: readonly Output[],
): { node: Output; functions: GraphFunction[] } {
  const { name, state, variables } = loop
  const inner = bodyOf(state, variables)
  const node = addWhile(inner, loop, { initial: state.map((each) => each.name), isLowered: false })
  const whole: GraphFunction = {
    name: `${name}_compiled`,
    body: inner.nodes,
    parameters: [...state, ...variables].map((each) => each.name),
    results: state.map((_, i) => `${node}:${i}`),
    uses: turnFunctions(loop),
  }
  const call = graph.node(
    'StatefulPartitionedCall',
    [...initial, ...variables.map((variable) => variable.name)],
    {
      Tin: { types: typesOf(loop) },
      Tout: { types: state.map(({ dtype }) => dtype) },
      f: { function: whole.name },
      _XlaMustCompile: { bool: true },
    },
    name,
  )
  return { node: call, functions: [whole] }
}

const typesOf = ({ state, variables }: Loop): number[] => [
  ...state.map(({ dtype }) => dtype),
  ...variables.map(() => DataType.RESOURCE),
]

function addWhile(
  graph: GraphBuilder,
  loop: Loop,
  { initial, isLowered }: { initial: readonly Output[]; isLowered: boolean },
): Output {
  const { name, state, variables } = loop
  return graph.node(
    'While',
    [...initial, ...variables.map((variable) => variable.name)],
    {
      T: { types: typesOf(loop) },
      cond: { function: `${name}_goes_on` },
      body: { function: `${name}_turn` },
      output_shapes: { shapes: [...state.map(({ shape }) => shape), ...variables.map(() => [])] },
      parallel_iterations: { int: 1 },
      ...(isLowered ? { _lower_using_switch_merge: { bool: true } } : {}),
    },
    name,
  )
}

function turnFunctions({ name, state, variables, body, results }: Loop): GraphFunction[] {
  const parameters = [...state, ...variables].map((each) => each.name)
  const condition = bodyOf(state, variables)
  const [step, steps] = parameters as [string, string]
  const goesOn = condition.node('Less', [step, steps], { T: { type: DataType.INT32 } })
  return [
    { name: `${name}_goes_on`, body: condition.nodes, parameters, results: [goesOn] },
    {
      name: `${name}_turn`,
      body,
      parameters,
      results: [...results, ...variables.map((variable) => variable.name)],
    },
  ]
}
