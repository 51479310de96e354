import type { RowHashes } from '../row-hash.js'
import { hashOrder } from './hash-order.js'

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
  const { order, blocks } = hashOrder(rows, { hashes, seed })
  const total = new Float64Array(folds)
  const byClass = new Map<number, Float64Array>()
  const foldOf = new Int32Array(rows.length)
  const largestFirst = [...blocks()].sort((a, b) => b.to - b.from - (a.to - a.from))
  for (const { from, to } of largestFirst) {
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
