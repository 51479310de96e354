import { studentTUpperTail } from './student-t.js'

/**
 * Paired t-test on the squared errors of two models on the same rows.
 *
 * @returns `meanDifference`: the second's mean squared error less the first's; `oneSided`: how probable so large a
 *   rise or a larger one is, were both equally good (small: the second is worse); `twoSided` in either direction.
 *   With fewer than two rows, or where all differences are 0, both are 1; where all are equal, 0 or 1.
 */
export function pairedSquaredErrors({
  yTrue,
  first,
  second,
}: {
  readonly yTrue: Float64Array
  readonly first: Float64Array
  readonly second: Float64Array
}): { readonly meanDifference: number; readonly oneSided: number; readonly twoSided: number } {
  const rows = yTrue.length
  const differences = yTrue.map(
    (truth, row) => (truth - (second[row] as number)) ** 2 - (truth - (first[row] as number)) ** 2,
  )
  const meanDifference = differences.reduce((sum, value) => sum + value, 0) / Math.max(rows, 1)
  if (rows < 2 || meanDifference === 0) return { meanDifference, oneSided: 1, twoSided: 1 }
  const squares = differences.reduce((sum, value) => sum + (value - meanDifference) ** 2, 0)
  const t = meanDifference / Math.sqrt(squares / (rows - 1) / rows)
  const oneSided = Number.isFinite(t) ? studentTUpperTail(t, rows - 1) : meanDifference > 0 ? 0 : 1
  return { meanDifference, oneSided, twoSided: Math.min(1, 2 * Math.min(oneSided, 1 - oneSided)) }
}
