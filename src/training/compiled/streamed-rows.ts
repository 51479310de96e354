import { DataType } from '../../tensorflow/data-types.js'
import type { FeedBlock, ReserveBlock } from '../../tensorflow/graph/feed-block.js'
import type { Argument } from '../../tensorflow/graph/loop.js'
import type { Fed } from '../../tensorflow/graph/session.js'
import type { BatchSource, BlockSize, Rows } from './batch-source.js'
import { gatherNumbers, gatherRows } from './gather-rows.js'
import { dtypeOf } from './session-weights.js'

/** What one call is fed. */
interface Block {
  readonly features: FeedBlock<Float32Array>
  readonly targets: FeedBlock<Float32Array | Int32Array>
  readonly weights: FeedBlock<Float32Array> | null
  readonly soft: FeedBlock<Float32Array> | null
}

/**
 * Each call is fed the rows that it needs: for data that would fill the memory once more. While a call runs on one
 * block, the rows of the next are gathered into the other one.
 */
export function streamedRows(
  { features, inputShape, targets, rowWeights, soft }: Rows,
  reserve: ReserveBlock,
): BatchSource {
  const width = inputShape.reduce((product, size) => product * size, 1)
  const targetType = dtypeOf(targets)
  const pairs = new Map<BlockSize, Block[]>()

  const blocks = (shape: readonly number[], prefix: string): Argument[] => [
    { name: `${prefix}features`, dtype: DataType.FLOAT, shape: [...shape, ...inputShape] },
    { name: `${prefix}targets`, dtype: targetType, shape },
  ]

  function newBlock({ steps, batch }: BlockSize): Block {
    const shape = [steps, batch]
    return {
      features: reserve(DataType.FLOAT, [...shape, ...inputShape]),
      targets: reserve(targetType, shape),
      weights: rowWeights && reserve(DataType.FLOAT, shape),
      soft: soft && reserve(DataType.FLOAT, [...shape, soft.width]),
    }
  }

  /** The block of that size which was not used last. */
  function freeBlock(size: BlockSize): Block {
    const known = pairs.get(size) ?? []
    const free = known.length < 2 ? newBlock(size) : (known.shift() as Block)
    known.push(free)
    pairs.set(size, known)
    return free
  }

  function filled(batches: readonly Int32Array[], size: BlockSize): Fed[] {
    const block = freeBlock(size)
    gatherRows(features, { rows: batches, width, to: block.features.values })
    gatherNumbers(targets, { rows: batches, to: block.targets.values })
    const fed: Fed[] = [block.features, block.targets]
    if (rowWeights !== null && block.weights !== null) {
      gatherNumbers(rowWeights, { rows: batches, to: block.weights.values })
      fed.push(block.weights)
    }
    if (soft !== null && block.soft !== null) {
      gatherRows(soft.values, { rows: batches, width: soft.width, to: block.soft.values })
      fed.push(block.soft)
    }
    return fed
  }

  let prepared: { readonly batches: readonly Int32Array[]; readonly size: BlockSize; fed: Fed[] } | null =
    null

  return {
    variables: [],
    elementsPerRow: width + 2 + (soft?.width ?? 0),
    softWidth: soft?.width ?? 0,
    state: ({ steps, batch }: BlockSize) => [
      ...blocks([steps, batch], 'block_'),
      ...(rowWeights ? [{ name: 'block_weights', dtype: DataType.FLOAT, shape: [steps, batch] }] : []),
      ...(soft ? [{ name: 'block_soft', dtype: DataType.FLOAT, shape: [steps, batch, soft.width] }] : []),
    ],
    read: (body, step) => ({
      x: body.element('block_features', step, DataType.FLOAT),
      y: body.element('block_targets', step, targetType),
      weights: rowWeights ? body.element('block_weights', step, DataType.FLOAT) : null,
      soft: soft ? body.element('block_soft', step, DataType.FLOAT) : null,
    }),
    prepare(batches, size) {
      prepared = { batches, size, fed: filled(batches, size) }
    },
    feed(batches, size) {
      const known = prepared
      prepared = null
      const isKnown = known?.size === size && isSame(known.batches, batches)
      return isKnown ? known.fed : filled(batches, size)
    },
    evaluation: blocks([-1], 'evaluated_'),
    readRows: () => ({ x: 'evaluated_features', y: 'evaluated_targets' }),
    feedRows(rows) {
      const x = new Float32Array(rows.length * width)
      gatherRows(features, { rows: [rows], width, to: x })
      const y = new (targets.constructor as Float32ArrayConstructor | Int32ArrayConstructor)(rows.length)
      gatherNumbers(targets, { rows: [rows], to: y })
      return [
        { dtype: DataType.FLOAT, shape: [rows.length, ...inputShape], values: x },
        { dtype: targetType, shape: [rows.length], values: y },
      ]
    },
    dispose() {
      for (const block of [...pairs.values()].flat()) {
        for (const each of [block.features, block.targets, block.weights, block.soft]) each?.dispose()
      }
      pairs.clear()
    },
  }
}

/** Whether they are the same parts of the same order. */
function isSame(a: readonly Int32Array[], b: readonly Int32Array[]): boolean {
  return a.length === b.length && a.every((rows, i) => isSamePart(rows, b[i] as Int32Array))
}

const isSamePart = (a: Int32Array, b: Int32Array): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length
