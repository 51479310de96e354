import { type RowHashes, seededHash } from '../row-hash.js'

/** Rows with one hash: equal rows, or the rows of a group. They stand at `from` to `to` (excluded) of `order`. */
export interface Block {
  readonly hash: number
  readonly from: number
  readonly to: number
}

export interface HashOrder {
  /** [rows]: places in `rows`, by ascending hash. */
  readonly order: Uint32Array
  blocks(): Generator<Block>
}

/** Rows in the order of their hashes: random, but the same for the same content and seed. */
export function hashOrder(
  rows: Int32Array,
  { hashes, seed }: { hashes: RowHashes; seed: number },
): HashOrder {
  const hashed = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) hashed[at] = seededHash(hashes, rows[at] as number, seed)
  const order = ascending(hashed)
  return {
    order,
    *blocks() {
      let from = 0
      while (from < order.length) {
        const hash = hashed[order[from] as number] as number
        let to = from
        while (to < order.length && hashed[order[to] as number] === hash) to++
        yield { hash, from, to }
        from = to
      }
    },
  }
}

/** Bits of a digit, and digits of a hash of 53 bits. */
const BITS = 14
const DIGITS = 4

/**
 * Places of the hashes in ascending order, equal ones in the order in which they stand: a radix sort from the lowest
 * digit on, ten times as fast as comparing millions of them.
 */
function ascending(hashed: Float64Array): Uint32Array {
  let order = Uint32Array.from(hashed, (_, at) => at)
  let next = new Uint32Array(hashed.length)
  for (let digit = 0; digit < DIGITS; digit++) {
    const unit = 2 ** (BITS * digit)
    const digitOf = (at: number): number => Math.floor((hashed[at] as number) / unit) % 2 ** BITS
    const ends = new Uint32Array(2 ** BITS + 1)
    for (let at = 0; at < hashed.length; at++) {
      const value = digitOf(at) + 1
      ends[value] = (ends[value] as number) + 1
    }
    for (let value = 1; value < ends.length; value++) {
      ends[value] = (ends[value] as number) + (ends[value - 1] as number)
    }
    for (let place = 0; place < order.length; place++) {
      const at = order[place] as number
      const value = digitOf(at)
      const end = ends[value] as number
      next[end] = at
      ends[value] = end + 1
    }
    ;[order, next] = [next, order]
  }
  return order
}
