import type { Task } from '../contracts/task.js'
import type { LabelMap } from './tabular/label-map.js'
import tabularClassification from './tabular-classification.js'

/** Classes of pictures: what differs from rows of a table is what goes into the network, not what comes out. */
const imageClassification: Task<LabelMap> = {
  ...tabularClassification,
  name: 'image-classification',
  summary: 'Tells which of up to 1,000 classes an image belongs to, with a probability for each',
  family: 'cnn',
}
export default imageClassification
