import type { MetricContext } from '../../contracts/metric.js'
import { valuesAt } from '../../datasets/values-at.js'

/** Targets and outputs of some of the rows, in that order. */
export function contextOf({ yTrue, outputs, units }: MetricContext, rows: Int32Array): MetricContext {
  const part = new Float64Array(rows.length * units)
  for (const [at, row] of rows.entries()) {
    part.set(outputs.subarray(row * units, (row + 1) * units), at * units)
  }
  return { yTrue: valuesAt(yTrue, rows), outputs: part, units }
}
