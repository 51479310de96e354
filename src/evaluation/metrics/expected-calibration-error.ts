import type { Metric } from '../../contracts/metric.js'
import { reliabilityBins } from '../scores/reliability.js'
import { finiteOr } from '../scores/row-means.js'

const expectedCalibrationError: Metric = {
  name: 'expected-calibration-error',
  summary:
    'Mean distance between the probability of the answered class and how often it is right, over 15 bins of equal width',
  kind: 'classification',
  direction: 'minimise',
  compute(context) {
    let [distance, total] = [0, 0]
    for (const { rows, confidence, accuracy } of reliabilityBins(context)) {
      total += rows
      distance += rows * Math.abs((confidence ?? 0) - (accuracy ?? 0))
    }
    return finiteOr(distance / total)
  },
}
export default expectedCalibrationError
