import type { Metric } from '../../contracts/metric.js'
import { finiteOr, meanOverRows } from '../scores/row-means.js'

const COUNT = 5

const topFiveAccuracy: Metric = {
  name: 'top-5-accuracy',
  summary: 'Share of the rows whose class is among the five most probable ones; for more than five classes',
  kind: 'classification',
  direction: 'maximise',
  minClasses: COUNT + 1,
  compute(context) {
    const { yTrue, outputs, units } = context
    if (units <= COUNT) return { value: null, reason: `there are only ${units} classes` }
    return finiteOr(
      meanOverRows(context, (row) => {
        const truth = yTrue[row] as number
        const own = outputs[row * units + truth] as number
        let above = 0
        for (let unit = 0; unit < units; unit++) {
          const other = outputs[row * units + unit] as number
          // Of equally probable classes the later stands first, as in scikit-learn.
          if (other > own || (other === own && unit > truth)) above++
        }
        return above < COUNT ? 1 : 0
      }),
    )
  },
}
export default topFiveAccuracy
