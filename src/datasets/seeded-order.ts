/**
 * The rows in another order (Fisher and Yates).
 *
 * @param random gives numbers in [0, 1)
 */
export function shuffled(rows: Int32Array, random: () => number): Int32Array {
  const order = rows.slice()
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
  return order
}

/** The rows in an order that looks random and follows from the seed alone. */
export const seededOrder = (rows: Int32Array, seed: number): Int32Array => shuffled(rows, seededNumbers(seed))

/** Numbers in [0, 1) from a 32-bit state: mulberry32 (Tommy Ettinger, public domain). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
