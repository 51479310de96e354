import type { Metric, MetricContext } from '../../contracts/metric.js'
import { type ClassScores, classScores } from './confusion.js'

type Figure = 'precision' | 'recall' | 'f1'

/**
 * A figure of the classes in one number, as scikit-learn's `average=` with `zero_division=nan`: classes that neither
 * stand in the rows nor were predicted are left out, and so are those for which the figure is undefined.
 */
export function averagedMetric(figure: Figure, average: 'macro' | 'weighted', summary: string): Metric {
  return {
    name: `${figure}-${average}`,
    summary,
    kind: 'classification',
    direction: 'maximise',
    compute(context: MetricContext) {
      const weight = (scores: ClassScores) => (average === 'macro' ? 1 : scores.support)
      let sum = 0
      let weights = 0
      for (const scores of classScores(context)) {
        const value = scores[figure]
        if (value === null) continue
        sum += value * weight(scores)
        weights += weight(scores)
      }
      if (weights > 0) return { value: sum / weights }
      return { value: null, reason: `no class of these rows has a ${figure}` }
    },
  }
}
