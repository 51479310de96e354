import { mcNemarExact } from './mcnemar.js'
import { pairedSquaredErrors } from './paired-errors.js'

/** How one model's answers differ from another's on the same rows. */
export type PairedTest =
  | {
      readonly test: 'mcnemar-exact'
      /** How probable such a difference or a larger one is, in either direction, were both equally good. */
      readonly pValue: number
      readonly onlyFirstRight: number
      readonly onlySecondRight: number
    }
  | {
      readonly test: 'paired-squared-errors'
      readonly pValue: number
      /** The second's mean squared error less the first's. */
      readonly meanDifference: number
    }

/** Compares answered classes by McNemar's exact test. */
export function compareClasses({
  yTrue,
  first,
  second,
}: {
  readonly yTrue: Float64Array
  readonly first: Int32Array
  readonly second: Int32Array
}): PairedTest {
  let [onlyFirst, onlySecond] = [0, 0]
  for (const [row, truth] of yTrue.entries()) {
    const [isFirstRight, isSecondRight] = [first[row] === truth, second[row] === truth]
    if (isFirstRight && !isSecondRight) onlyFirst++
    if (isSecondRight && !isFirstRight) onlySecond++
  }
  const { twoSided } = mcNemarExact({ onlyFirst, onlySecond })
  return { test: 'mcnemar-exact', pValue: twoSided, onlyFirstRight: onlyFirst, onlySecondRight: onlySecond }
}

/** Compares values by a paired t-test on their squared errors. */
export function compareValues(answers: {
  readonly yTrue: Float64Array
  readonly first: Float64Array
  readonly second: Float64Array
}): PairedTest {
  const { twoSided, meanDifference } = pairedSquaredErrors(answers)
  return { test: 'paired-squared-errors', pValue: twoSided, meanDifference }
}

/** Two-sided: above it, a difference may be chance. */
const SIGNIFICANCE = 0.05

/** Which model is better; null where the difference may be chance. */
export function betterOf(paired: PairedTest): 'first' | 'second' | null {
  if (!(paired.pValue < SIGNIFICANCE)) return null
  if (paired.test === 'mcnemar-exact') {
    return paired.onlySecondRight > paired.onlyFirstRight ? 'second' : 'first'
  }
  return paired.meanDifference < 0 ? 'second' : 'first'
}
