import type { RowHashes } from '../row-hash.js'
import { type Block, type HashOrder, hashOrder } from './hash-order.js'
import { type Chance, type Parted, partedBy } from './splitter.js'

/** Rows that were taken by their hashes. */
export interface Taken extends Parted {
  /** All taken rows hash below it, and all others not, but for those skipped. */
  readonly threshold: number
  /** Hashes below the threshold that were not taken: more rows than the whole part should have. */
  readonly skipped: readonly number[]
}

interface Hashed extends Chance {
  readonly hashes: RowHashes
}

/** Takes the share of the rows with the smallest hashes; rows with one hash stay together. One row is left at least. */
export function takeSmallest(rows: Int32Array, { share, ...hashed }: Hashed): Taken {
  const order = hashOrder(rows, hashed)
  const wanted = Math.min(Math.round(rows.length * share), rows.length - 1)
  const mark = marks(rows, order)
  const skipped: number[] = []
  let count = 0
  let threshold = 0
  for (const block of order.blocks()) {
    const size = block.to - block.from
    if (count >= wanted) break
    if (size > wanted) skipped.push(block.hash)
    else if (count + size < rows.length) {
      mark.take(block)
      count += size
    } else break
    threshold = block.hash + 1
  }
  return { ...mark.parted(), threshold, skipped }
}

/**
 * Takes groups in the order of their hashes until they have about the share of the rows: between half of it and half
 * as much again where no group is larger than the whole part; else the smallest group. One group is left at least.
 */
export function takeGroups(rows: Int32Array, { share, ...hashed }: Hashed): Taken & { groups: number } {
  const order = hashOrder(rows, hashed)
  const groups = [...order.blocks()]
  const wanted = rows.length * share
  const chosen = wanted > 0 && groups.length > 1 ? chooseGroups(groups, wanted) : []
  const mark = marks(rows, order)
  for (const at of chosen) mark.take(groups[at] as Block)
  const end = (chosen.at(-1) ?? -1) + 1
  const isChosen = new Set(chosen)
  return {
    ...mark.parted(),
    threshold: end === 0 ? 0 : (groups[end - 1] as Block).hash + 1,
    skipped: groups.slice(0, end).flatMap(({ hash }, at) => (isChosen.has(at) ? [] : [hash])),
    groups: groups.length,
  }
}

/** @returns places of the groups, ascending */
function chooseGroups(groups: readonly Block[], wanted: number): number[] {
  const chosen: number[] = []
  let count = 0
  for (const [at, { from, to }] of groups.entries()) {
    const size = to - from
    if (size > wanted) continue
    const overshoot = count + size - wanted
    if (count >= wanted || overshoot > wanted - count || chosen.length === groups.length - 1) break
    chosen.push(at)
    count += size
  }
  if (chosen.length > 0) return chosen
  const sizes = groups.map(({ from, to }) => to - from)
  return [sizes.indexOf(sizes.reduce((least, size) => Math.min(least, size)))]
}

function marks(rows: Int32Array, { order }: HashOrder) {
  const isTaken = new Uint8Array(rows.length)
  return {
    take({ from, to }: Block): void {
      for (let at = from; at < to; at++) isTaken[order[at] as number] = 1
    },
    parted: () => partedBy(rows, (at) => isTaken[at] === 1),
  }
}
