import { averagedMetric } from '../scores/averages.js'

export default averagedMetric(
  'precision',
  'weighted',
  'Of the rows taken for a class, the share that belongs to it; classes count by their rows',
)
