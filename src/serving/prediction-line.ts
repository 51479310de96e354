import type { Label, Prediction } from '../contracts/task.js'

/** Writes predictions as JSON, with their probabilities in the order of the classes, which an object of numeric keys loses. */
export function lineWriter(classes: readonly Label[]): (prediction: Prediction) => string {
  const keys = classes.map((label) => [String(label), JSON.stringify(String(label))] as const)
  return (prediction) => {
    if ('value' in prediction) return JSON.stringify(prediction)
    const { label, probabilities } = prediction
    const entries = keys.map(([name, text]) => `${text}:${probabilities[name]}`)
    return `{"label":${JSON.stringify(label)},"probabilities":{${entries.join(',')}}}`
  }
}
