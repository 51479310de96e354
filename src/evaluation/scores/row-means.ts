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
    sum += weight * figure(row)
    total += weight
  }
  return sum / total
}

/** A figure that is undefined where no row counts, or when it overflows. */
export function finiteOr(value: number): { value: number } | { value: null; reason: string } {
  if (Number.isFinite(value)) return { value }
  return { value: null, reason: Number.isNaN(value) ? 'there are no rows' : 'it is too large for a number' }
}
