import { averagedMetric } from '../scores/averages.js'

export default averagedMetric(
  'recall',
  'macro',
  'Of the rows of a class, the share that was found; each class counts alike',
)
