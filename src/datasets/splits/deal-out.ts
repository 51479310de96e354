import type { RowHashes } from '../row-hash.js'
import { type HashOrder, hashOrder } from './hash-order.js'

/**
 * Deals rows out to folds of about equal sizes: what hashes alike stays together, the largest first, each to the fold
 * that has fewest rows (of its class, then of all).
 *
 * @param options.strata [rows of the table]: class indices to share evenly; null for none
 * @returns [rows]: each row's fold
 */
export function dealOut(
  rows: Int32Array,
  {
    hashes,
    folds,
    seed,
    strata,
  }: { hashes: RowHashes; folds: number; seed: number; strata: Float64Array | null },
): Int32Array {
  const { order, starts } = blockStarts(hashOrder(rows, { hashes, seed }))
  const total = new Float64Array(folds)
  const byClass = new Map<number, Float64Array>()
  const foldOf = new Int32Array(rows.length)
  for (const block of largestFirst(starts)) {
    const [from, to] = [starts[block] as number, starts[block + 1] as number]
    const row = rows[order[from] as number] as number
    const stratum = strata?.[row] ?? 0
    const own = byClass.get(stratum) ?? new Float64Array(folds)
    byClass.set(stratum, own)
    let fold = 0
    for (let other = 1; other < folds; other++) {
      const fewer = (own[other] as number) - (own[fold] as number)
      if (fewer < 0 || (fewer === 0 && (total[other] as number) < (total[fold] as number))) fold = other
    }
    own[fold] = (own[fold] as number) + to - from
    total[fold] = (total[fold] as number) + to - from
    for (let at = from; at < to; at++) foldOf[order[at] as number] = fold
  }
  return foldOf
}

/** Where each block begins, and where the last one ends: of ten million rows, objects would take half a gigabyte. */
function blockStarts({ order, blocks }: HashOrder): { order: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(order.length + 1)
  let count = 0
  for (const { from } of blocks()) starts[count++] = from
  starts[count] = order.length
  return { order, starts: starts.subarray(0, count + 1) }
}

/** The blocks' numbers, those of one size in their order. */
function largestFirst(starts: Uint32Array): Uint32Array {
  const sizeOf = (block: number): number => (starts[block + 1] as number) - (starts[block] as number)
  const sorted = new Uint32Array(starts.length - 1)
  let count = 0
  for (let block = 0; block < sorted.length; block++) if (sizeOf(block) > 1) sorted[count++] = block
  sorted.subarray(0, count).sort((a, b) => sizeOf(b) - sizeOf(a))
  for (let block = 0; block < sorted.length; block++) if (sizeOf(block) === 1) sorted[count++] = block
  return sorted
}
