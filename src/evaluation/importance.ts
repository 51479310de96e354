import type { MetricContext } from '../contracts/metric.js'
import type { Column, Table } from '../contracts/table.js'
import { seededOrder } from '../datasets/seeded-order.js'
import { selectRows } from '../datasets/select-rows.js'
import type { Metrics } from './catalogue.js'
import type { Importance } from './report/slices-schema.js'

const REPEATS = 3
const MAX_COLUMNS = 64
/** Enough for a ranking, not enough to keep a job waiting. */
const MAX_MS = 20_000

export interface ImportanceOptions {
  /** The features of the rows that were answered. */
  readonly table: Table
  /** The same rows. */
  readonly context: MetricContext
  readonly metric: string
  readonly metrics: Metrics
  /** [rows, units] as in `context`. */
  readonly answer: (table: Table) => Promise<Float64Array>
  readonly signal: AbortSignal
}

/**
 * How much worse the metric is with a column's values shuffled over the rows (Breiman 2001, "Random Forests", 10), the
 * mean of three shuffles. A column beside another that says the same looks unimportant.
 */
export async function importanceOf(options: ImportanceOptions): Promise<Importance> {
  const { table, context, metric: name, metrics, answer, signal } = options
  const rows = context.yTrue.length
  const about = { metric: name, rows, repeats: REPEATS }
  const metric = metrics.get(name)
  const whole = metric?.compute(context).value ?? null
  if (metric === undefined || whole === null) return { ...about, columns: [], reason: `${name} is undefined` }
  if (table.columns.length > MAX_COLUMNS) {
    const reason = `${table.columns.length} columns: each is shuffled only where there are at most ${MAX_COLUMNS}`
    return { ...about, columns: [], reason }
  }
  const sign = metric.direction === 'maximise' ? 1 : -1
  const started = performance.now()
  const columns: Importance['columns'] = []
  for (const [index, column] of table.columns.entries()) {
    const losses: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      signal.throwIfAborted()
      const outputs = await answer(withShuffled(table, index, index * REPEATS + repeat + 1))
      const value = metric.compute({ ...context, outputs }).value
      if (value !== null) losses.push(sign * (whole - value))
    }
    columns.push({ column: column.name, ...meanAndDeviation(losses) })
    if (performance.now() - started > MAX_MS) break
  }
  const left = table.columns.length - columns.length
  return {
    ...about,
    columns: columns.sort((a, b) => b.loss - a.loss),
    ...(left > 0 ? { reason: `${left} columns were not reached within ${MAX_MS / 1000} s` } : {}),
  }
}

function withShuffled({ rows, columns }: Table, index: number, seed: number): Table {
  const order = seededOrder(
    Int32Array.from({ length: rows }, (_, row) => row),
    seed,
  )
  const [shuffled] = selectRows({ rows, columns: [columns[index] as Column] }, order).columns
  return { rows, columns: columns.map((column, at) => (at === index ? { ...(shuffled as Column) } : column)) }
}

function meanAndDeviation(values: readonly number[]): { loss: number; deviation: number } {
  const loss = values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
  const squares = values.reduce((sum, value) => sum + (value - loss) ** 2, 0)
  return { loss, deviation: Math.sqrt(squares / Math.max(values.length, 1)) }
}
