import { DataType } from '../../tensorflow/data-types.js'
import { type GraphBuilder, rowsOf } from '../../tensorflow/graph/graph-builder.js'
import type { Fed, Session } from '../../tensorflow/graph/session.js'
import { trace } from '../../tensorflow/graph/trace.js'
import { traceRows } from '../../tensorflow/graph/trace-rows.js'
import type { Objective } from '../losses.js'
import { countMetrics } from '../losses.js'
import type { RowResults } from '../step-runner.js'
import type { StepLoopOptions } from './step-loop.js'

/** Adds the forward pass over any number of rows, with their losses and answers, and the model's penalties. */
export function addEvaluation(options: StepLoopOptions & { graph: GraphBuilder }) {
  const { tf, model, step, source, graph } = options
  for (const { name, dtype, shape } of source.evaluation) graph.placeholder(name, dtype, shape)
  const bound = model.weights.map(
    (weight, i) => [weight.read(), graph.read(`weight_${i}`, DataType.FLOAT)] as const,
  )
  const { x, y } = source.readRows(graph)
  const targetType = tf.tidy(() => step.objective.targets(tf, new Float64Array(1)).dtype)
  const fetches = traceRows({
    tf,
    graph,
    rows: rowsOf(graph, x, DataType.FLOAT),
    inputs: [
      { output: x, dtype: 'float32', shape: model.inputs[0]?.shape.slice(1) as number[] },
      { output: y, dtype: targetType as 'float32' | 'int32', shape: [] },
    ],
    bound,
    run(xs, ys) {
      const { losses, answers } = step.evaluate(xs as never, ys as never)
      return [losses, answers]
    },
  })
  const penalties = step.hasPenalties
    ? trace({
        tf,
        graph,
        inputs: bound,
        run: ({ outputOf }) => tf.tidy(() => outputOf(step.penalties())),
      })
    : null

  return {
    open(session: Session, { objective, targets }: { objective: Objective; targets: Float64Array }) {
      const feeds = source.evaluation.map(({ name }) => name)
      const forward = session.prepare({ name: 'evaluation', feeds, fetches })
      const summing = penalties === null ? null : session.prepare({ name: 'penalties', fetches: [penalties] })
      return {
        async rows(fed: readonly Fed[], rows: Int32Array): Promise<RowResults> {
          const [losses, answers] = (await forward.runAside(fed)) as [Float32Array, Float32Array]
          let lossSum = 0
          for (const loss of losses) lossSum += loss
          return { lossSum, metricSums: countMetrics(objective, { batches: [rows], answers, targets }) }
        },
        penalty: (): number => (summing?.run([])[0]?.[0] as number | undefined) ?? 0,
      }
    },
  }
}
