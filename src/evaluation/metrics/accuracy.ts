import type { Metric } from '../../contracts/metric.js'
import { predictedClasses } from '../scores/confusion.js'

const accuracy: Metric = {
  name: 'accuracy',
  summary: 'Share of the rows whose most probable class is the right one',
  kind: 'classification',
  direction: 'maximise',
  compute({ units, ...scored }) {
    const rows = scored.yTrue.length
    if (rows === 0) return { value: null, reason: 'there are no rows' }
    const predicted = predictedClasses(scored, units)
    let right = 0
    for (let row = 0; row < rows; row++) if (predicted[row] === scored.yTrue[row]) right++
    return { value: right / rows }
  },
}
export default accuracy
