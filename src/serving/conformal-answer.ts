import { FlywheelError } from '../contracts/errors.js'
import type { Prediction } from '../contracts/task.js'
import { conformalQuantile, conformalSet } from '../evaluation/calibration/conformal.js'
import type { Servable } from './servable.js'

/**
 * Adds to a version's answers what holds the truth with a probability: `set`, the labels, or `interval`, the values.
 *
 * @param coverage between 0 and 1
 * @returns from a prediction's JSON to the same with one more property
 * @throws FlywheelError request-invalid for a version that kept no rows for validation
 */
export function conformalWriter(
  { manifest, signature }: Pick<Servable, 'manifest' | 'signature'>,
  coverage: number,
): (line: string) => string {
  const { calibration } = manifest
  if (calibration === undefined) {
    const expected = 'nothing, for a version without validation rows'
    throw new FlywheelError('request-invalid', `conformal: expected ${expected}, received ${coverage}`, {
      errors: [{ path: 'conformal', expected, received: String(coverage) }],
      remedy: 'Train a version with training.validationSplit above 0, and ask that',
    })
  }
  const quantile = conformalQuantile(calibration.scores, coverage)
  const { classes } = signature
  return (line) => `${line.slice(0, -1)},${added(JSON.parse(line) as Prediction)}}`

  function added(prediction: Prediction): string {
    if ('value' in prediction) {
      const { value } = prediction
      const isBounded = Number.isFinite(quantile)
      const interval = {
        lower: isBounded ? value - quantile : null,
        upper: isBounded ? value + quantile : null,
      }
      return `"interval":${JSON.stringify(interval)}`
    }
    const probabilities = classes.map((label) => prediction.probabilities[String(label)] as number)
    return `"set":${JSON.stringify(conformalSet(probabilities, quantile).map((unit) => classes[unit]))}`
  }
}
