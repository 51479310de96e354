import { DataType } from '../../tensorflow/data-types.js'
import type { GraphFunction } from '../../tensorflow/graph/function-library.js'
import { GraphBuilder } from '../../tensorflow/graph/graph-builder.js'
import type { GraphNode } from '../../tensorflow/graph/graph-def.js'
import { addCompiledLoop, addLoop, type Loop } from '../../tensorflow/graph/loop.js'
import type { Call, Fed, Session } from '../../tensorflow/graph/session.js'
import { type RecordedLoopOptions, stepLoop } from './step-loop.js'

/** The steps of one call, at most as many as the program's block has. */
export interface StepCall {
  readonly batches: readonly Int32Array[]
  readonly firstStep: number
  /** The optimizer's numbers of each step. */
  readonly scalars: readonly (readonly number[])[]
  readonly executor: 'graph' | 'xla'
}

/** Steps on batches of one size, as part of a session's graph. */
export interface StepProgram {
  readonly functions: readonly GraphFunction[]
  /** One step. */
  readonly body: readonly GraphNode[]
  open(session: Session): {
    /** @returns [steps, 1 + metrics]: loss and metric sums of each step */
    run(call: StepCall): Promise<Float32Array>
    /** Lets XLA compile the loop, without running a step. */
    compile(): Promise<void>
  }
}

const resultsIndex = 3

type ProgramOptions = RecordedLoopOptions & { graph: GraphBuilder }

/** @throws FlywheelError tensorflow-failed when the step can not be traced */
export function addStepProgram(options: ProgramOptions): StepProgram {
  const { graph, name, size, source } = options
  const loop = stepLoop(options)
  const scalarsShape = loop.state[resultsIndex + 1]?.shape as number[]
  const width = loop.state[resultsIndex]?.shape[1] as number
  const { initial, feeds } = addInitialState(graph, loop)
  const { node, functions } = addLoop(graph, loop, initial)

  const int = (value: number): Fed => ({ dtype: DataType.INT32, shape: [], values: [value] })
  function feed({ batches, firstStep, scalars }: Omit<StepCall, 'executor'>): Fed[] {
    const values = new Float32Array(scalarsShape.reduce((product, n) => product * n, 1))
    values.set(scalars.flat())
    return [
      int(batches.length),
      int(firstStep),
      { dtype: DataType.FLOAT, shape: scalarsShape, values },
      ...source.feed(batches, size),
    ]
  }

  return {
    functions,
    body: loop.body,
    open(session) {
      const prepare = (from: string, prefix = '') =>
        session.prepare({
          name: 'training steps',
          feeds: feeds.map((each) => prefix + each),
          fetches: [`${prefix}${from}:${resultsIndex}`],
        })
      const calls: { graph: Call; xla?: Call } = { graph: prepare(node) }
      return {
        async run({ executor, ...steps }) {
          const [results] = await (calls[executor] ?? calls.graph).runAside(feed(steps))
          return (results as Float32Array).subarray(0, steps.batches.length * width)
        },
        async compile() {
          const compiled = compiledLoop({ ...loop, name: `${name}_xla` }, name)
          session.extend(compiled)
          const call = prepare(compiled.node, `${compiled.prefix}/`)
          await call.runAside(feed({ batches: [], firstStep: 0, scalars: [] }))
          calls.xla = call
        },
      }
    },
  }
}

/** The same loop for XLA, as a part that is added to a session when it is wanted. */
function compiledLoop(loop: Loop, feedName: string) {
  const graph = new GraphBuilder()
  for (const { name, dtype, shape } of loop.variables) graph.variable(name, dtype, shape)
  const { initial } = addInitialState(graph, { ...loop, name: feedName })
  const { node, functions } = addCompiledLoop(graph, loop, initial)
  return { nodes: graph.nodes, functions, prefix: 'xla', node }
}

/** Placeholders for the state but `step`, which starts at 0, and the results, which start empty. */
function addInitialState(graph: GraphBuilder, { name, state }: Loop): { initial: string[]; feeds: string[] } {
  const isFed = (i: number): boolean => i !== 0 && i !== resultsIndex
  const initial = state.map(({ name: own, dtype, shape }, i) => {
    if (isFed(i)) return graph.placeholder(`${name}_${own}`, dtype, shape)
    if (i === 0) return graph.int(0)
    return graph.node('Fill', [graph.ints(shape), graph.constant(dtype, [], [0])], {
      T: { type: dtype },
      index_type: { type: DataType.INT32 },
    })
  })
  return { initial, feeds: initial.filter((_, i) => isFed(i)) }
}
