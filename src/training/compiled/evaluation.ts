import type { Tensor } from '@tensorflow/tfjs'
import { DataType } from '../../tensorflow/data-types.js'
import { type GraphBuilder, type Output, rowsOf } from '../../tensorflow/graph/graph-builder.js'
import type { Fed, Session } from '../../tensorflow/graph/session.js'
import { trace } from '../../tensorflow/graph/trace.js'
import { traceRows } from '../../tensorflow/graph/trace-rows.js'
import type { RowResults } from '../step-runner.js'
import type { StepLoopOptions } from './step-loop.js'

/** Adds the forward pass over any number of rows, with the sums of their losses and metrics, and the model's penalties. */
export function addEvaluation(options: StepLoopOptions & { graph: GraphBuilder }) {
  const { tf, model, step, source, graph } = options
  for (const { name, dtype, shape } of source.evaluation) graph.placeholder(name, dtype, shape)
  const bound = model.weights.map(
    (weight, i) => [weight.read(), graph.read(`weight_${i}`, DataType.FLOAT)] as const,
  )
  const { x, y } = source.readRows(graph)
  const targetType = tf.tidy(() => step.objective.targets(tf, new Float64Array(1)).dtype)
  const [sums] = traceRows({
    tf,
    graph,
    rows: rowsOf(graph, x, DataType.FLOAT),
    inputs: [
      { output: x, dtype: 'float32', shape: model.inputs[0]?.shape.slice(1) as number[] },
      { output: y, dtype: targetType as 'float32' | 'int32', shape: [] },
    ],
    bound,
    run(xs, ys) {
      const { losses, answers } = step.evaluate(xs as Tensor, ys as Tensor)
      return [tf.stack([losses.sum(), ...step.objective.sums(tf, answers, ys as Tensor)])]
    },
  }) as [Output]
  const penalties = step.hasPenalties
    ? trace({
        tf,
        graph,
        inputs: bound,
        run: ({ outputOf }) => tf.tidy(() => outputOf(step.penalties())),
      })
    : null

  return {
    open(session: Session) {
      const feeds = source.evaluation.map(({ name }) => name)
      const forward = session.prepare({ name: 'evaluation', feeds, fetches: [sums] })
      const summing = penalties === null ? null : session.prepare({ name: 'penalties', fetches: [penalties] })
      return {
        async rows(fed: readonly Fed[]): Promise<RowResults> {
          const [lossSum, ...metricSums] = (await forward.runAside(fed))[0] as Iterable<number>
          return { lossSum: lossSum as number, metricSums: Float64Array.from(metricSums) }
        },
        penalty: (): number => (summing?.run([])[0]?.[0] as number | undefined) ?? 0,
      }
    },
  }
}
