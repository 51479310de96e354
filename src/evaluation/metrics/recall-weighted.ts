import { averagedMetric } from '../scores/averages.js'

export default averagedMetric(
  'recall',
  'weighted',
  'Of the rows of a class, the share that was found; classes count by their rows',
)
