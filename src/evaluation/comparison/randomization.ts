import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MetricContext } from '../../contracts/metric.js'
import type { MetricValue } from '../../contracts/task.js'
import { seededNumbers } from '../../datasets/seeded-order.js'
import type { Metrics } from '../catalogue.js'
import { metricValues } from '../metric-values.js'

/** The smallest p-value is 1/100. */
const SHUFFLES = 99
/** Of more rows so many are compared, evenly spread: with ten classes all metrics of 1,000 take 20 ms a shuffle. */
const MOST_ROWS = 1_000

type Values = Readonly<Record<string, MetricValue>>

/**
 * How probable a difference of each metric like that between two models or a larger one is, in either direction, were
 * both equally good: answers to the same row change places by chance (approximate randomisation, Noreen 1989; Yeh 2000).
 * Null where the metric is undefined for one of them. The same answers give the same values.
 *
 * @param options.first [rows, units], as `second`
 */
export async function randomizationTests(
  names: readonly string[],
  {
    metrics,
    context,
    signal,
    ...answers
  }: {
    readonly metrics: Metrics
    readonly context: Pick<MetricContext, 'yTrue' | 'units'>
    readonly first: Float64Array
    readonly second: Float64Array
    readonly signal: AbortSignal
  },
): Promise<Record<string, number | null>> {
  const { units } = context
  const all = context.yTrue.length
  const count = Math.min(all, MOST_ROWS)
  const rows = Int32Array.from({ length: count }, (_, at) => Math.floor((at * all) / count))
  const yTrue = Float64Array.from(rows, (row) => context.yTrue[row] as number)
  const part = (outputs: Float64Array) =>
    Float64Array.from({ length: count * units }, (_, at) => {
      const row = rows[Math.floor(at / units)] as number
      return outputs[row * units + (at % units)] as number
    })
  const [first, second] = [part(answers.first), part(answers.second)]
  const valuesOf = (outputs: Float64Array): Values =>
    metricValues(names, metrics, { yTrue, units, outputs }).values
  const observed = differences(valuesOf(first), valuesOf(second))
  const asLarge = Object.fromEntries(Object.keys(observed).map((name) => [name, 0]))
  const isEqual = first.every((value, at) => value === second[at])
  const random = seededNumbers(1)
  for (let shuffle = 0; shuffle < SHUFFLES && !isEqual; shuffle++) {
    await nextTurn()
    signal.throwIfAborted()
    const [one, other] = [first.slice(), second.slice()]
    for (let row = 0; row < count; row++) {
      if (random() < 0.5) continue
      for (let at = row * units; at < (row + 1) * units; at++) {
        one[at] = second[at] as number
        other[at] = first[at] as number
      }
    }
    const shuffled = differences(valuesOf(one), valuesOf(other))
    for (const [name, difference] of Object.entries(observed)) {
      // What is undefined for rows as they are shuffled speaks for neither.
      const found = shuffled[name] ?? Infinity
      if (difference !== null && found >= difference - 1e-12) asLarge[name] = (asLarge[name] as number) + 1
    }
  }
  return Object.fromEntries(
    Object.entries(observed).map(([name, difference]) => {
      if (difference === null) return [name, null]
      return [name, isEqual ? 1 : ((asLarge[name] as number) + 1) / (SHUFFLES + 1)]
    }),
  )
}

const differences = (first: Values, second: Values): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(first).map(([name, value]) => {
      const other = second[name] ?? null
      return [name, value === null || other === null ? null : Math.abs(value - other)]
    }),
  )
