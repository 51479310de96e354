import type { MetricContext } from '../contracts/metric.js'
import type { MetricValue } from '../contracts/task.js'
import type { Metrics } from './catalogue.js'

/** Metrics by name, and why they are null. Those for more classes than there are stay away. */
export function metricValues(
  names: readonly string[],
  metrics: Metrics,
  context: MetricContext,
): { values: Record<string, MetricValue>; reasons: Record<string, string> } {
  const values: Record<string, MetricValue> = {}
  const reasons: Record<string, string> = {}
  for (const name of names) {
    const metric = metrics.get(name)
    if (metric === undefined) throw new Error(`the task names a metric that is not there: ${name}`)
    if (context.units < (metric.minClasses ?? 0)) continue
    const { value, reason } =
      context.yTrue.length === 0 ? { value: null, reason: 'there are no rows' } : metric.compute(context)
    values[name] = value
    if (value === null) reasons[name] = reason ?? 'it is undefined on these rows'
  }
  return { values, reasons }
}
