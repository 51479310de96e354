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
  const hashed = Float64Array.from(rows, (row) => seededHash(hashes, row, seed))
  const order = Uint32Array.from(rows, (_, at) => at)
  order.sort((a, b) => (hashed[a] as number) - (hashed[b] as number))
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
