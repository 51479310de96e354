import type { MetricContext } from '../../contracts/metric.js'

/** So many scores tell a quantile well (a coverage of 0.9 to ± 0.007) and are few enough for a manifest. */
const MAX_SCORES = 2000

/**
 * Split conformal prediction (Vovk et al. 2005; Lei et al. 2018): scores of rows that were not trained on. With classes
 * a row's score is 1 − the probability of its class (Sadinle et al. 2019, "Least ambiguous set-valued classifiers"),
 * else its absolute error.
 *
 * @returns ascending, of at most 2,000 rows that are spread evenly, rounded up to 7 digits
 */
export function conformalScores({ yTrue, outputs, units }: MetricContext): number[] {
  const count = Math.min(yTrue.length, MAX_SCORES)
  const scores = Array.from({ length: count }, (_, at) => {
    const row = Math.floor((at * yTrue.length) / count)
    const truth = yTrue[row] as number
    return units > 1
      ? 1 - (outputs[row * units + truth] as number)
      : Math.abs(truth - (outputs[row] as number))
  })
  return scores.map(roundedUp).sort((a, b) => a - b)
}

/** Never below the value: a rounded score must not leave out the very row that it stands for. */
const roundedUp = (score: number): number => Number((Math.max(score, 0) * (1 + 5e-7)).toPrecision(7))

/**
 * The ⌈(n + 1) · coverage⌉-th smallest of n scores: a row to come has at most this score with that probability.
 *
 * @param ascending scores in ascending order
 * @param coverage between 0 and 1
 * @returns Infinity where there are too few scores to promise it
 */
export function conformalQuantile(ascending: readonly number[], coverage: number): number {
  // Products such as 100 · 0.55 are a little above the whole number that they stand for.
  const index = Math.ceil((ascending.length + 1) * coverage - 1e-9)
  return index > ascending.length ? Infinity : (ascending[Math.max(index, 1) - 1] as number)
}

/**
 * The classes that a row may be of: those whose score is at most the quantile. It may be none.
 *
 * @param probabilities [units]
 */
export const conformalSet = (probabilities: ArrayLike<number>, quantile: number): number[] =>
  Array.from(probabilities, (probability, unit) => (1 - probability <= quantile ? unit : -1)).filter(
    (unit) => unit >= 0,
  )
