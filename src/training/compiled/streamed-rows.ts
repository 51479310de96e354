import { DataType } from '../../tensorflow/data-types.js'
import type { Argument } from '../../tensorflow/graph/loop.js'
import type { BatchSource, BlockSize, Rows } from './batch-source.js'
import { dtypeOf } from './session-weights.js'

/** Each call is fed the rows that it needs: for data that would fill the memory once more. */
export function streamedRows({ features, inputShape, targets, rowWeights }: Rows): BatchSource {
  const width = inputShape.reduce((product, size) => product * size, 1)
  const targetType = dtypeOf(targets)

  const blocks = (shape: readonly number[], prefix: string): Argument[] => [
    { name: `${prefix}features`, dtype: DataType.FLOAT, shape: [...shape, ...inputShape] },
    { name: `${prefix}targets`, dtype: targetType, shape },
  ]

  /** Rows one after the other, in an array with place for `size`. */
  function gather<Values extends Float32Array | Int32Array>(
    from: Values,
    chosen: readonly Int32Array[],
    { width: each, size }: { width: number; size: number },
  ): Values {
    const to = new (from.constructor as new (length: number) => Values)(size * each)
    let at = 0
    for (const rows of chosen) {
      for (const row of rows) {
        to.set(from.subarray(row * each, (row + 1) * each), at)
        at += each
      }
    }
    return to
  }

  function feedOf(batches: readonly Int32Array[], shape: readonly number[]) {
    const size = shape.reduce((product, n) => product * n, 1)
    return [
      {
        dtype: DataType.FLOAT,
        shape: [...shape, ...inputShape],
        values: gather(features, batches, { width, size }),
      },
      { dtype: targetType, shape, values: gather(targets, batches, { width: 1, size }) },
    ]
  }

  return {
    variables: [],
    elementsPerRow: width + 2,
    state: ({ steps, batch }: BlockSize) => [
      ...blocks([steps, batch], 'block_'),
      ...(rowWeights ? [{ name: 'block_weights', dtype: DataType.FLOAT, shape: [steps, batch] }] : []),
    ],
    read: (body, step) => ({
      x: body.element('block_features', step, DataType.FLOAT),
      y: body.element('block_targets', step, targetType),
      weights: rowWeights ? body.element('block_weights', step, DataType.FLOAT) : null,
    }),
    feed(batches, { steps, batch }) {
      const shape = [steps, batch]
      const fed = feedOf(batches, shape)
      if (!rowWeights) return fed
      const values = gather(rowWeights, batches, { width: 1, size: steps * batch })
      return [...fed, { dtype: DataType.FLOAT, shape, values }]
    },
    evaluation: blocks([-1], 'evaluated_'),
    readRows: () => ({ x: 'evaluated_features', y: 'evaluated_targets' }),
    feedRows: (rows) => feedOf([rows], [rows.length]),
  }
}
