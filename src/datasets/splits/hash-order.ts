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

/** Hashes are below 2⁵³: their upper 32 bits, which are sorted by, and the digits that those are taken in. */
const LOWER = 2 ** 21
const DIGITS = [
  { shift: 0, values: 2048 },
  { shift: 11, values: 2048 },
  { shift: 22, values: 1024 },
] as const

/**
 * Places of the hashes in ascending order, equal ones in the order in which they stand: a radix sort by the upper bits,
 * which leaves few to compare. Of ten million it takes half a second, comparing all of them a minute.
 */
function ascending(hashed: Float64Array): Uint32Array {
  const count = hashed.length
  let [order, next] = [Uint32Array.from(hashed, (_, at) => at), new Uint32Array(count)]
  let [keys, nextKeys] = [Uint32Array.from(hashed, (hash) => hash / LOWER), new Uint32Array(count)]
  for (const { shift, values } of DIGITS) {
    const ends = new Uint32Array(values + 1)
    for (let place = 0; place < count; place++) {
      const digit = ((keys[place] as number) >>> shift) & (values - 1)
      ends[digit + 1] = (ends[digit + 1] as number) + 1
    }
    for (let digit = 0; digit < values; digit++) {
      ends[digit + 1] = (ends[digit + 1] as number) + (ends[digit] as number)
    }
    for (let place = 0; place < count; place++) {
      const key = keys[place] as number
      const digit = (key >>> shift) & (values - 1)
      const end = ends[digit] as number
      nextKeys[end] = key
      next[end] = order[place] as number
      ends[digit] = end + 1
    }
    ;[order, next] = [next, order]
    ;[keys, nextKeys] = [nextKeys, keys]
  }
  for (let from = 0, to = 1; from < count; from = to, to++) {
    while (to < count && keys[to] === keys[from]) to++
    if (to - from === 1) continue
    order.subarray(from, to).sort((a, b) => (hashed[a] as number) - (hashed[b] as number))
  }
  return order
}
