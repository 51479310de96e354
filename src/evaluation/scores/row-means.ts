import type { MetricContext } from '../../contracts/metric.js'

/** Weighted mean over rows of a function of truth and prediction; NaN where no row counts. */
export const meanOf = (
  context: MetricContext,
  figure: (truth: number, predicted: number) => number,
): number =>
  meanOverRows(context, (row) => figure(context.yTrue[row] as number, context.outputs[row] as number))

/** Weighted mean of a figure of each row; NaN where no row counts. */
export function meanOverRows(
  { yTrue, weights }: Pick<MetricContext, 'yTrue' | 'weights'>,
  figure: (row: number) => number,
): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < yTrue.length; row++) {
    const weight = weights === undefined ? 1 : (weights[row] as number)
    // What a row without weight has may be infinite: 0 times that is no number.
    if (weight === 0) continue
    sum += weight * figure(row)
    total += weight
  }
  return sum / total
}

/**
 * Why the target has no variance on the rows that count; undefined where it has. The mean of equal numbers is not
 * always that number in floating point, so that their computed variance may be above 0.
 */
export function lackOfVariance({
  yTrue,
  weights,
}: Pick<MetricContext, 'yTrue' | 'weights'>): string | undefined {
  const counted = weights === undefined ? yTrue : yTrue.filter((_, row) => weights[row] !== 0)
  if (counted.length < 2) return 'it takes at least two rows'
  const [first] = counted
  return counted.every((truth) => truth === first) ? 'all true values are equal' : undefined
}

/** A figure that is undefined where no row counts, or when it overflows. */
export function finiteOr(value: number): { value: number } | { value: null; reason: string } {
  if (Number.isFinite(value)) return { value }
  return { value: null, reason: Number.isNaN(value) ? 'there are no rows' : 'it is too large for a number' }
}
