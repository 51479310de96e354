import type { Prediction } from '../../contracts/task.js'
import type { Deployed } from '../../serving/deployments.js'

/** One output stands by itself, several by their names. */
export function answerByRows(predictions: readonly Prediction[], { signature }: Deployed): unknown[] {
  const classes = signature.classes.map(String)
  if (classes.length === 0) return predictions.map(regressed)
  return predictions.map((prediction) => ({
    label: labelOf(prediction),
    probabilities: probabilitiesOf(prediction, classes),
  }))
}

/** The same by outputs. */
export function answerByColumns(predictions: readonly Prediction[], { signature }: Deployed): unknown {
  const classes = signature.classes.map(String)
  if (classes.length === 0) return predictions.map(regressed)
  return {
    label: predictions.map(labelOf),
    probabilities: predictions.map((prediction) => probabilitiesOf(prediction, classes)),
  }
}

/** Of a regression: the value. */
export const regressed = (prediction: Prediction): number | null =>
  'value' in prediction ? prediction.value : null
const labelOf = (prediction: Prediction): string | null =>
  'label' in prediction ? String(prediction.label) : null
/** Of a classification: in the order of the classes. */
export const probabilitiesOf = (prediction: Prediction, classes: readonly string[]): number[] =>
  'probabilities' in prediction ? classes.map((label) => prediction.probabilities[label] ?? 0) : []
