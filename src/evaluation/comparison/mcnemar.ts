import { logGamma } from './student-t.js'

/**
 * McNemar's exact test on the rows where exactly one of two models is right.
 *
 * @param onlyFirst rows that the first model alone answers rightly
 * @param onlySecond rows that the second model alone answers rightly
 * @returns `oneSided`: how probable so many or more rows for the first model are, were both equally good (small:
 *   the second is worse); `twoSided`: the same for a difference in either direction. Without such rows both are 1.
 */
export function mcNemarExact({ onlyFirst, onlySecond }: { onlyFirst: number; onlySecond: number }): {
  readonly oneSided: number
  readonly twoSided: number
} {
  const discordant = onlyFirst + onlySecond
  return {
    oneSided: binomialUpperTail(onlyFirst, discordant),
    twoSided: Math.min(1, 2 * binomialUpperTail(Math.max(onlyFirst, onlySecond), discordant)),
  }
}

/** P(X ≥ k) for X ~ Binomial(n, ½). */
function binomialUpperTail(k: number, n: number): number {
  if (k <= 0) return 1
  let sum = 0
  for (let i = n; i >= k; i--) {
    sum += Math.exp(logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1) - n * Math.LN2)
  }
  return Math.min(1, sum)
}
