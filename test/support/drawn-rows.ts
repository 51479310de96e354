/** Uniform in [0, 1), the same at each run. */
export function uniform(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Rows of classes whose probabilities are true: each row's class is drawn by them.
 *
 * @param options.step probabilities are rounded to its parts, so that many are equal
 */
export function drawnRows(
  rows: number,
  { units, seed, step }: { units: number; seed: number; step?: number | undefined },
): { yTrue: Float64Array; outputs: Float64Array; units: number } {
  const draw = uniform(seed)
  const outputs = new Float64Array(rows * units)
  const yTrue = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const drawn = Array.from({ length: units }, () => {
      const logit = Math.exp(3 * draw())
      return step === undefined ? logit : Math.ceil((logit * step) / Math.E ** 3)
    })
    const sum = drawn.reduce((total, each) => total + each, 0)
    let left = draw()
    yTrue[row] = units - 1
    for (const [unit, each] of drawn.entries()) {
      outputs[row * units + unit] = each / sum
      left -= each / sum
      if (left < 0) {
        yTrue[row] = Math.min(yTrue[row] as number, unit)
        left = Infinity
      }
    }
  }
  return { yTrue, outputs, units }
}
