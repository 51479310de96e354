import type { Task } from '../contracts/task.js'
import type { LabelMap } from './tabular/label-map.js'
import tabularClassification from './tabular-classification.js'

/** What differs from rows of a table is what goes into the network, not what comes out. */
const textClassification: Task<LabelMap> = {
  ...tabularClassification,
  name: 'text-classification',
  summary: 'Tells which of up to 1,000 classes a text belongs to, with a probability for each',
  family: 'linear',
}
export default textClassification
