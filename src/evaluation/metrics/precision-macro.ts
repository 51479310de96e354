import { averagedMetric } from '../scores/averages.js'

export default averagedMetric(
  'precision',
  'macro',
  'Of the rows taken for a class, the share that belongs to it; each class counts alike',
)
