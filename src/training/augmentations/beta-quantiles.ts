/** Steps of the integral; the density has poles at both ends where alpha is below 1. */
const STEPS = 100_000

/**
 * Quantiles of the symmetric Beta distribution at the middles of `count` equal shares, ascending. By substitution
 * x = sin²(t): the density becomes sin^(2α−1)·cos^(2α−1), which is integrated by the midpoint rule; where α is below one
 * half, the ends are integrated in closed form.
 */
export function betaQuantiles(alpha: number, count: number): Float32Array {
  const power = 2 * alpha - 1
  const width = Math.PI / 2 / STEPS
  const masses = Float64Array.from({ length: STEPS }, (_, step) => {
    const t = (step + 0.5) * width
    // Near an end the density is t^power, whose integral from 0 to the width is width^(power + 1) / (power + 1).
    if (step === 0 || step === STEPS - 1) return width ** (power + 1) / (power + 1)
    return (Math.sin(t) * Math.cos(t)) ** power * width
  })
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  const quantiles = new Float32Array(count)
  let [step, below] = [0, 0]
  for (let at = 0; at < count; at++) {
    const wanted = ((at + 0.5) / count) * total
    while (step < STEPS - 1 && below + (masses[step] as number) < wanted) below += masses[step++] as number
    const part = Math.min(1, Math.max(0, (wanted - below) / (masses[step] as number)))
    quantiles[at] = Math.sin((step + part) * width) ** 2
  }
  return quantiles
}
