import { shuffled } from '../datasets/seeded-order.js'

/**
 * The rows in the order of one epoch: a shuffle that follows from (seed, epoch) alone, so that a resumed
 * training goes on with the same batches. Fisher–Yates over splitmix32.
 */
export function epochOrder(rows: Int32Array, { seed, epoch }: { seed: number; epoch: number }): Int32Array {
  return shuffled(rows, splitmix32(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca77)))
}

/** Uniform in [0, 1) with 32 bits; the mixing constants are those of MurmurHash3's finaliser. */
function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}

/** The parts of an update's rows that go through the network at once; the last one may be smaller. */
export const partsOf = (rows: Int32Array, batchSize: number): Int32Array[] =>
  batchesOf(rows, { from: 0, count: Infinity, batchSize })

/** Batches of the order, from the given one on; the last batch of an epoch may be smaller. */
export function batchesOf(
  order: Int32Array,
  { from, count, batchSize }: { from: number; count: number; batchSize: number },
): Int32Array[] {
  const last = Math.min(from + count, Math.ceil(order.length / batchSize))
  return Array.from({ length: Math.max(0, last - from) }, (_, i) =>
    order.subarray((from + i) * batchSize, (from + i + 1) * batchSize),
  )
}
