import { averagedMetric } from '../scores/averages.js'

export default averagedMetric('f1', 'macro', 'Harmonic mean of precision and recall; each class counts alike')
