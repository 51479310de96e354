import type { MetricContext } from '../../contracts/metric.js'
import { predictedClasses } from './confusion.js'

/** Rows whose answered class has a probability above `from`, up to `to`. */
export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  /** Rows, or their weight. */
  readonly rows: number
  /** Mean probability of the answered class; null without rows. */
  readonly confidence: number | null
  /** Share of the rows that is answered rightly; null without rows. */
  readonly accuracy: number | null
}

/** As many as Guo et al. 2017 take, "On Calibration of Modern Neural Networks". */
const BINS = 15

/** How often the answered class is right, by the probability that it was given: bins of equal width. */
export function reliabilityBins(context: MetricContext): ReliabilityBin[] {
  const { yTrue, outputs, units, weights } = context
  const predicted = predictedClasses(context, units)
  const sums = Array.from({ length: BINS }, () => ({ rows: 0, confidence: 0, right: 0 }))
  for (let row = 0; row < yTrue.length; row++) {
    const unit = predicted[row] as number
    const confidence = outputs[row * units + unit] as number
    const weight = weights?.[row] ?? 1
    const at = Math.min(Math.max(Math.ceil(confidence * BINS) - 1, 0), BINS - 1)
    const bin = sums[at] as (typeof sums)[number]
    bin.rows += weight
    bin.confidence += weight * confidence
    if (unit === yTrue[row]) bin.right += weight
  }
  return sums.map(({ rows, confidence, right }, at) => ({
    from: at / BINS,
    to: (at + 1) / BINS,
    rows,
    confidence: rows > 0 ? confidence / rows : null,
    accuracy: rows > 0 ? right / rows : null,
  }))
}
