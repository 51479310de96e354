import type { MetricContext } from '../../contracts/metric.js'

/** Mean over rows of a function of truth and prediction; NaN without rows. */
export function meanOf(
  { yTrue, outputs }: MetricContext,
  figure: (truth: number, predicted: number) => number,
): number {
  let sum = 0
  for (let row = 0; row < yTrue.length; row++) {
    sum += figure(yTrue[row] as number, outputs[row] as number)
  }
  return sum / yTrue.length
}

/** A figure that is undefined without rows, or when it overflows. */
export function finiteOr(value: number): { value: number } | { value: null; reason: string } {
  if (Number.isFinite(value)) return { value }
  return { value: null, reason: Number.isNaN(value) ? 'there are no rows' : 'it is too large for a number' }
}
