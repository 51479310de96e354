import { DataType } from '../../tensorflow/data-types.js'
import type { GraphFunction } from '../../tensorflow/graph/function-library.js'
import type { GraphBuilder } from '../../tensorflow/graph/graph-builder.js'
import type { GraphNode } from '../../tensorflow/graph/graph-def.js'
import { addCompiledLoop, addLoop } from '../../tensorflow/graph/loop.js'
import type { Fed, Session } from '../../tensorflow/graph/session.js'
import type { BlockSize } from './batch-source.js'
import { type StepLoopOptions, stateOf, stepLoop } from './step-loop.js'

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

/** @throws FlywheelError tensorflow-failed when the step can not be traced */
export function addStepProgram(
  options: StepLoopOptions & { graph: GraphBuilder; name: string; size: BlockSize; hasXla?: boolean },
): StepProgram {
  const { graph, name, size, source, hasXla = false } = options
  const loop = stepLoop(options)
  const state = stateOf(options, size)
  const fed = state.slice(1).filter((_, i) => i !== resultsIndex - 1)
  for (const argument of fed) {
    graph.placeholder(`${name}_${argument.name}`, argument.dtype, argument.shape)
  }
  const [rows, columns] = (state[resultsIndex] as (typeof state)[number]).shape as [number, number]
  const zeros = graph.node('Fill', [graph.ints([rows, columns]), graph.constant(DataType.FLOAT, [], [0])], {
    T: { type: DataType.FLOAT },
    index_type: { type: DataType.INT32 },
  })
  const initial = state.map((argument, i) => {
    if (i === 0) return graph.int(0)
    return i === resultsIndex ? zeros : `${name}_${argument.name}`
  })
  const plain = addLoop(graph, loop, initial)
  const compiled = hasXla ? addCompiledLoop(graph, { ...loop, name: `${name}_xla` }, initial) : null
  const feeds = fed.map((argument) => `${name}_${argument.name}`)
  const width = columns

  const int = (value: number): Fed => ({ dtype: DataType.INT32, shape: [], values: [value] })
  const feed = ({ batches, firstStep, scalars }: Omit<StepCall, 'executor'>): Fed[] => {
    const scalarsShape = state[resultsIndex + 1]?.shape as number[]
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
    functions: [...plain.functions, ...(compiled?.functions ?? [])],
    body: loop.body,
    open(session) {
      const prepare = (node: string) =>
        session.prepare({ name: 'training step', feeds, fetches: [`${node}:${resultsIndex}`] })
      const graphCall = prepare(plain.node)
      const xlaCall = compiled ? prepare(compiled.node) : graphCall
      return {
        async run({ executor, ...steps }) {
          const call = executor === 'xla' ? xlaCall : graphCall
          const [results] = await call.runAside(feed(steps))
          return (results as Float32Array).subarray(0, steps.batches.length * width)
        },
        async compile() {
          await xlaCall.runAside(feed({ batches: [], firstStep: 0, scalars: [] }))
        },
      }
    },
  }
}
