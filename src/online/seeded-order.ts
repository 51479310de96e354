/** The rows in an order that looks random and follows from the seed alone (Fisher and Yates, with mulberry32). */
export function seededOrder(rows: Int32Array, seed: number): Int32Array {
  const order = rows.slice()
  const random = mulberry32(seed)
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    const row = order[at] as number
    order[at] = order[other] as number
    order[other] = row
  }
  return order
}

/** Numbers in [0, 1) from a 32-bit state (Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
