import { type RowHashes, seededHash } from '../row-hash.js'

/** Rows with one hash: equal rows, or the rows of a group. They stand at `from` to `to` (excluded) of `order`. */
export interface Block {
  readonly hash: number
  readonly from: number
  readonly to: number
}

export interface HashOrder {
  /** [rows]: places in `rows`, by ascending hash, as far as `blocks` has come. */
  readonly order: Uint32Array
  /** In the order of their hashes. */
  blocks(): Generator<Block>
}

/** Hashes are below 2⁵³. */
const HASH_BITS = 53
/** Rows of a range that are sorted at once, in a core's cache; at most a thousand ranges. */
const RANGE_ROWS = 2 ** 15
const MOST_RANGE_BITS = 10

/**
 * Rows in the order of their hashes: random, but the same for the same content and seed. They are dealt out to ranges of
 * hashes, and each range is sorted when it is come to: whoever takes the first tenth of the rows sorts a tenth.
 */
export function hashOrder(
  rows: Int32Array,
  { hashes, seed }: { hashes: RowHashes; seed: number },
): HashOrder {
  const hashed = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) hashed[at] = seededHash(hashes, rows[at] as number, seed)
  const bits = Math.min(MOST_RANGE_BITS, Math.ceil(Math.log2(Math.max(1, rows.length / RANGE_ROWS))))
  const { order, ends } = inRanges(hashed, bits)
  return {
    order,
    *blocks() {
      const sort = rangeSort(hashed, bits)
      let from = 0
      for (const end of ends) {
        sort(order.subarray(from, end))
        while (from < end) {
          const hash = hashed[order[from] as number] as number
          let to = from + 1
          while (to < end && hashed[order[to] as number] === hash) to++
          yield { hash, from, to }
          from = to
        }
      }
    },
  }
}

/** @returns places by the upper bits of their hashes, in their order within a range; and the ends of the ranges */
function inRanges(hashed: Float64Array, bits: number): { order: Uint32Array; ends: Uint32Array } {
  const width = 2 ** (HASH_BITS - bits)
  const ends = new Uint32Array(2 ** bits)
  for (let at = 0; at < hashed.length; at++) {
    const range = Math.floor((hashed[at] as number) / width)
    ends[range] = (ends[range] as number) + 1
  }
  for (let range = 0, before = 0; range < ends.length; range++) {
    const count = ends[range] as number
    ends[range] = before
    before += count
  }
  const order = new Uint32Array(hashed.length)
  for (let at = 0; at < hashed.length; at++) {
    const range = Math.floor((hashed[at] as number) / width)
    const end = ends[range] as number
    order[end] = at
    ends[range] = end + 1
  }
  return { order, ends }
}

/** The bits of a hash behind those of its range that are sorted by, and the digits that they are taken in. */
const KEY_BITS = 32
const DIGITS = [
  { shift: 0, values: 2048 },
  { shift: 11, values: 2048 },
  { shift: 22, values: 1024 },
] as const
/** So few are compared at once. */
const FEW = 1024

/**
 * Sorts the places of a range by their hashes, equal ones in the order in which they stand: a radix sort, which leaves few
 * to compare.
 */
function rangeSort(hashed: Float64Array, rangeBits: number): (places: Uint32Array) => void {
  const unit = 2 ** (HASH_BITS - rangeBits - KEY_BITS)
  const compared = (places: Uint32Array): void => {
    places.sort((a, b) => (hashed[a] as number) - (hashed[b] as number))
  }
  return (places) => {
    const count = places.length
    if (count <= FEW) return compared(places)
    let [order, next] = [places.slice(), new Uint32Array(count)]
    let [keys, nextKeys] = [new Uint32Array(count), new Uint32Array(count)]
    for (let at = 0; at < count; at++) {
      // The array takes the lower 32 bits: those of the range, which all have in common, fall away.
      keys[at] = (hashed[places[at] as number] as number) / unit
    }
    for (const { shift, values } of DIGITS) {
      const ends = new Uint32Array(values + 1)
      for (let at = 0; at < count; at++) {
        const digit = ((keys[at] as number) >>> shift) & (values - 1)
        ends[digit + 1] = (ends[digit + 1] as number) + 1
      }
      for (let digit = 0; digit < values; digit++) {
        ends[digit + 1] = (ends[digit + 1] as number) + (ends[digit] as number)
      }
      for (let at = 0; at < count; at++) {
        const key = keys[at] as number
        const digit = (key >>> shift) & (values - 1)
        const end = ends[digit] as number
        nextKeys[end] = key
        next[end] = order[at] as number
        ends[digit] = end + 1
      }
      ;[order, next] = [next, order]
      ;[keys, nextKeys] = [nextKeys, keys]
    }
    places.set(order)
    for (let from = 0, to = 1; from < count; from = to, to++) {
      while (to < count && keys[to] === keys[from]) to++
      if (to - from > 1) compared(places.subarray(from, to))
    }
  }
}
