import { DataType } from '../../tensorflow/data-types.js'
import type { GraphBuilder } from '../../tensorflow/graph/graph-builder.js'
import type { BatchSource, BlockSize, Rows } from './batch-source.js'
import { dtypeOf } from './session-weights.js'

/** All rows lie in the session; each call is fed the numbers of its rows. */
export function residentRows({ features, inputShape, targets, rowWeights, soft }: Rows): BatchSource {
  const rows = targets.length
  const gather = (graph: GraphBuilder, indices: string) => ({
    x: graph.gatherRows('features', indices, DataType.FLOAT),
    y: graph.gatherRows('targets', indices, dtypeOf(targets)),
    weights: rowWeights ? graph.gatherRows('row_weights', indices, DataType.FLOAT) : null,
    soft: soft ? graph.gatherRows('soft_targets', indices, DataType.FLOAT) : null,
  })
  return {
    variables: [
      { name: 'features', dtype: DataType.FLOAT, shape: [rows, ...inputShape], values: features },
      { name: 'targets', dtype: dtypeOf(targets), shape: [rows], values: targets },
      ...(rowWeights
        ? [{ name: 'row_weights', dtype: DataType.FLOAT, shape: [rows], values: rowWeights }]
        : []),
      ...(soft
        ? [{ name: 'soft_targets', dtype: DataType.FLOAT, shape: [rows, soft.width], values: soft.values }]
        : []),
    ],
    elementsPerRow: 1,
    softWidth: soft?.width ?? 0,
    state: ({ steps, batch }) => [{ name: 'indices', dtype: DataType.INT32, shape: [steps, batch] }],
    read: (body, step) => gather(body, body.element('indices', step, DataType.INT32)),
    feed: (batches, size) => [
      { dtype: DataType.INT32, shape: [size.steps, size.batch], values: block(batches, size) },
    ],
    evaluation: [{ name: 'evaluated', dtype: DataType.INT32, shape: [-1] }],
    readRows(graph) {
      const x = graph.gatherRows('features', 'evaluated', DataType.FLOAT)
      return { x, y: graph.gatherRows('targets', 'evaluated', dtypeOf(targets)) }
    },
    feedRows: (chosen) => [{ dtype: DataType.INT32, shape: [chosen.length], values: chosen }],
  }
}

/** [steps, batch] row numbers; those of steps that are not run are 0. */
function block(batches: readonly Int32Array[], { steps, batch }: BlockSize): Int32Array {
  const indices = new Int32Array(steps * batch)
  batches.forEach((rows, i) => {
    indices.set(rows, i * batch)
  })
  return indices
}
