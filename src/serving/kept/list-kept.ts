import type { Queries } from '../../registry/database/database.js'
import { type Page, pageOf, readCursor } from '../../registry/paging.js'
import { listBlocks } from '../../registry/prediction-blocks.js'
import { type KeptPrediction, openBlock } from './block.js'

interface Wanted {
  readonly model: string
  readonly version?: number | undefined
  /** Only answers of shadows, or only others; undefined: both. */
  readonly isShadow?: boolean | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * Kept predictions that are written, the latest first.
 *
 * @throws FlywheelError request-invalid for a cursor that is none of ours
 */
export async function listKept(
  db: Queries,
  { cursor, limit, ...wanted }: Wanted,
): Promise<Page<KeptPrediction & { readonly id: string }>> {
  const [upTo, last] = cursor === undefined ? [] : readCursor(cursor).split('.')
  const blocks = await listBlocks(db, { ...wanted, upTo, limit })
  const found: (KeptPrediction & { id: string })[] = []
  for (const { id, rows, block } of blocks) {
    if (found.length > limit) break
    const predictionAt = await openBlock(block)
    const before = id === upTo ? Number(last) : rows
    for (let row = before - 1; row >= 0 && found.length <= limit; row--) {
      const prediction = predictionAt(row)
      if (prediction) found.push({ id: `${id}.${row}`, ...prediction })
    }
  }
  return pageOf(found, { limit, key: ({ id }) => id })
}
