import type { Metric } from '../../contracts/metric.js'
import { classScores } from '../scores/confusion.js'
import { finiteOr } from '../scores/row-means.js'

const matthews: Metric = {
  name: 'matthews',
  summary:
    'Correlation of answered and true classes: 1 is perfect, 0 as good as chance; undefined where the rows have, or ' +
    'are all taken for, one class',
  kind: 'classification',
  direction: 'maximise',
  /** Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient". */
  compute(context) {
    let [rows, right, together, trueSquares, predictedSquares] = [0, 0, 0, 0, 0]
    for (const { support, predicted, recall } of classScores(context)) {
      rows += support
      right += (recall ?? 0) * support
      together += support * predicted
      trueSquares += support ** 2
      predictedSquares += predicted ** 2
    }
    if (rows === 0) return { value: null, reason: 'there are no rows' }
    const [trueSpread, predictedSpread] = [rows ** 2 - trueSquares, rows ** 2 - predictedSquares]
    if (trueSpread === 0) return { value: null, reason: 'all rows are of one class' }
    if (predictedSpread === 0) return { value: null, reason: 'all rows are taken for one class' }
    return finiteOr((right * rows - together) / Math.sqrt(trueSpread * predictedSpread))
  },
}
export default matthews
