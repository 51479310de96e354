/** Bits of a float32 without its sign, in two halves: their order is that of the magnitudes. */
const HALF = 1 << 16

/**
 * Sets the smallest numbers by their magnitude to 0, exactly so many, those that are 0 already among them; of equal ones
 * the first. In time proportional to how many there are.
 *
 * @param options.count at most `values.length`
 * @returns a copy
 */
export function withoutSmallest(values: Float32Array, { count }: { count: number }): Float32Array {
  const kept = values.slice()
  if (count <= 0) return kept
  const bits = new Uint32Array(kept.buffer)
  const magnitude = (i: number): number => (bits[i] as number) & 0x7fffffff
  const upper = nthBin(values.length, { count, binOf: (i) => magnitude(i) >>> 16 })
  const lower = nthBin(values.length, {
    count: count - upper.before,
    binOf: (i) => (magnitude(i) >>> 16 === upper.bin ? magnitude(i) & (HALF - 1) : -1),
  })
  const threshold = upper.bin * HALF + lower.bin
  let ties = count - upper.before - lower.before
  for (let i = 0; i < kept.length; i++) {
    const each = magnitude(i)
    if (each < threshold || (each === threshold && ties-- > 0)) kept[i] = 0
  }
  return kept
}

/** The bin in which the count-th smallest lies, and how many lie in the bins before it; −1 is in none. */
function nthBin(
  length: number,
  { count, binOf }: { count: number; binOf: (i: number) => number },
): { bin: number; before: number } {
  const sizes = new Uint32Array(HALF)
  for (let i = 0; i < length; i++) {
    const bin = binOf(i)
    if (bin >= 0) sizes[bin] = (sizes[bin] as number) + 1
  }
  let before = 0
  for (let bin = 0; ; bin++) {
    const size = sizes[bin] as number
    if (before + size >= count) return { bin, before }
    before += size
  }
}
