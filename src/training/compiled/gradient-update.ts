import { DataType } from '../../tensorflow/data-types.js'
import type { GraphFunction } from '../../tensorflow/graph/function-library.js'
import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import { type Argument, addLoop, bodyOf, type Loop } from '../../tensorflow/graph/loop.js'
import type { Session } from '../../tensorflow/graph/session.js'
import { trace } from '../../tensorflow/graph/trace.js'
import { handlesOf, type StepLoopOptions } from './step-loop.js'

/** The update from summed gradients, as part of a session's graph. */
export interface GradientUpdate {
  readonly functions: readonly GraphFunction[]
  /** @returns what changes the weights by the sums and empties these; it takes the optimizer's numbers */
  open(session: Session): (numbers: readonly number[]) => Promise<void>
}

/**
 * Adds the update from the sums of gradients: a loop of one turn, beside those that fill the sums.
 *
 * @throws FlywheelError tensorflow-failed when the optimizer can not be traced
 */
export function addGradientUpdate(options: StepLoopOptions & { graph: GraphBuilder }): GradientUpdate {
  const { graph } = options
  const { loop, numbers } = updateLoop(options)
  const fed = graph.placeholder('update_numbers', DataType.FLOAT, [numbers])
  const { node, functions } = addLoop(graph, loop, [graph.int(0), graph.int(1), fed])
  return {
    functions,
    open(session) {
      const call = session.prepare({ name: 'update', feeds: [fed], fetches: [`${node}:0`] })
      return async (values) => {
        await call.runAside([{ dtype: DataType.FLOAT, shape: [numbers], values }])
      }
    },
  }
}

function updateLoop(options: StepLoopOptions): { loop: Loop; numbers: number } {
  const { tf, step, kept, training } = options
  const values = step.optimizer.scalars(training.optimizer, { step: 0, learningRate: 0 })
  const scalar = { dtype: DataType.INT32, shape: [] }
  const state: Argument[] = [
    { name: 'step', ...scalar },
    { name: 'steps', ...scalar },
    { name: 'numbers', dtype: DataType.FLOAT, shape: [values.length] },
  ]
  const variables = [...kept.weights, ...kept.slots, ...kept.sums]
  const body = bodyOf(state, variables)
  const scalars = values.map((value) => tf.scalar(value))
  const unpacked = body.unpack('numbers', values.length)
  const gradients = kept.sums.map(({ shape }) => tf.zeros([...shape]))
  try {
    trace({
      tf,
      graph: body,
      inputs: [
        ...scalars.map((each, i) => [each, unpacked[i] as Output] as const),
        ...gradients.map((each, i) => [each, body.read(`sum_${i}`, DataType.FLOAT)] as const),
        ...handlesOf(options),
      ],
      run: () => tf.tidy(() => step.update(gradients, scalars)),
    })
  } finally {
    tf.dispose([...scalars, ...gradients])
  }
  for (const { name, shape } of kept.sums) {
    const empty = body.node('Fill', [body.ints(shape), body.constant(DataType.FLOAT, [], [0])], {
      T: { type: DataType.FLOAT },
      index_type: { type: DataType.INT32 },
    })
    body.assign(name, empty, DataType.FLOAT)
  }
  const next = body.node('AddV2', ['step', body.int(1), ...body.effects], { T: { type: DataType.INT32 } })
  const results = [next, 'steps', 'numbers']
  const needed = body.needed([...results, ...[...state, ...variables].map(({ name }) => name)])
  return { loop: { name: 'update', state, variables, body: needed, results }, numbers: values.length }
}
