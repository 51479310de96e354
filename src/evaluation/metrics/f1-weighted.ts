import { averagedMetric } from '../scores/averages.js'

export default averagedMetric(
  'f1',
  'weighted',
  'Harmonic mean of precision and recall; classes count by their rows',
)
