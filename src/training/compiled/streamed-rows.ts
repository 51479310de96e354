import { DataType } from '../../tensorflow/data-types.js'
import type { Argument } from '../../tensorflow/graph/loop.js'
import type { Fed } from '../../tensorflow/graph/session.js'
import type { BatchSource, BlockSize, Rows } from './batch-source.js'
import { dtypeOf } from './session-weights.js'

/** Numbers that are copied faster one by one than by a call. */
const shortRow = 32

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
        if (each > shortRow) to.set(from.subarray(row * each, (row + 1) * each), at)
        else for (let i = 0; i < each; i++) to[at + i] = from[row * each + i] as number
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

  function blocksOf(batches: readonly Int32Array[], { steps, batch }: BlockSize): Fed[] {
    const shape = [steps, batch]
    const fed = feedOf(batches, shape)
    if (!rowWeights) return fed
    const values = gather(rowWeights, batches, { width: 1, size: steps * batch })
    return [...fed, { dtype: DataType.FLOAT, shape, values }]
  }

  let prepared: { readonly batches: readonly Int32Array[]; readonly size: BlockSize; fed: Fed[] } | null =
    null

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
    prepare(batches, size) {
      prepared = { batches, size, fed: blocksOf(batches, size) }
    },
    feed(batches, size) {
      const known = prepared
      prepared = null
      const isKnown = known?.size === size && isSame(known.batches, batches)
      return isKnown ? known.fed : blocksOf(batches, size)
    },
    evaluation: blocks([-1], 'evaluated_'),
    readRows: () => ({ x: 'evaluated_features', y: 'evaluated_targets' }),
    feedRows: (rows) => feedOf([rows], [rows.length]),
  }
}

/** Whether they are the same parts of the same order. */
function isSame(a: readonly Int32Array[], b: readonly Int32Array[]): boolean {
  return a.length === b.length && a.every((rows, i) => isSamePart(rows, b[i] as Int32Array))
}

const isSamePart = (a: Int32Array, b: Int32Array): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length
