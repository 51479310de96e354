import type { Prediction, Task } from '../contracts/task.js'
import { encodeLabels, type LabelMap, learnLabels, MAX_CLASSES } from './tabular/label-map.js'

const tabularClassification: Task<LabelMap> = {
  name: 'tabular-classification',
  summary: 'Tells which of up to 1,000 classes a row belongs to, with a probability for each',
  kind: 'classification',
  family: 'mlp',
  metrics: [
    'accuracy',
    'balanced-accuracy',
    'f1-macro',
    'f1-weighted',
    'precision-macro',
    'precision-weighted',
    'recall-macro',
    'recall-weighted',
    'matthews',
    'top-5-accuracy',
    'roc-auc',
    'pr-auc',
    'log-loss',
    'brier',
    'expected-calibration-error',
  ],
  refuses({ name, distinct }) {
    if (distinct === 0) return `${name} has no values`
    if (distinct === 1) return `${name} has one class; there is nothing to tell apart`
    if (distinct > MAX_CLASSES)
      return `${name} has ${distinct} different values; at most ${MAX_CLASSES} classes`
    return null
  },
  fit: ({ column, all, mergeLabels }) => learnLabels(column, all, { isMerging: mergeLabels ?? true }),
  encode: encodeLabels,
  head: ({ classes }) => ({
    units: classes.length,
    activation: 'softmax',
    loss: 'categorical-crossentropy',
  }),
  classes: ({ classes }) => classes,
  decode(outputs, { classes }) {
    const texts = classes.map(String)
    const units = classes.length
    return Array.from({ length: outputs.length / units }, (_, row): Prediction => {
      const probabilities = outputs.subarray(row * units, (row + 1) * units)
      let best = 0
      for (let index = 1; index < units; index++) {
        if ((probabilities[index] as number) > (probabilities[best] as number)) best = index
      }
      const named = texts.map((text, index) => [text, probabilities[index] as number] as const)
      return { label: classes[best] as string, probabilities: Object.fromEntries(named) }
    })
  },
}
export default tabularClassification
