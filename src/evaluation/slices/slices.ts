import type { ColumnType } from '../../contracts/dataset.js'
import type { MetricContext } from '../../contracts/metric.js'
import type { ScalarColumn, Table } from '../../contracts/table.js'
import type { Metrics } from '../catalogue.js'
import { metricValues } from '../metric-values.js'
import type { SliceOf, Slices } from '../report/slices-schema.js'
import { contextOf } from './context-rows.js'
import { slicesOfColumn } from './slice-rows.js'

/** The figures of fewer rows are chance. */
const MIN_ROWS = 30
const MAX_COLUMNS = 40
const MAX_WORST = 50

export interface SlicesOptions {
  /** What the rows are sliced by. */
  readonly table: Table
  /** Columns that were asked for: they are never among those left out. */
  readonly first?: readonly string[]
  /** The same rows. */
  readonly context: MetricContext
  readonly types: ReadonlyMap<string, ColumnType>
  /** The task's metrics; the first orders the slices. */
  readonly names: readonly string[]
  readonly metrics: Metrics
}

/**
 * The metrics for parts of the rows, the worst parts first. At most 40 columns: texts and booleans come before numbers;
 * what is left out is counted.
 */
export function slicesOf({ table, first = [], context, types, names, metrics }: SlicesOptions): Slices {
  const metric = names[0] as string
  const isSingle = (column: { readonly kind: string }): column is ScalarColumn =>
    column.kind === 'text' || column.kind === 'numeric'
  const isNumber = ({ name }: ScalarColumn) => ['number', 'integer'].includes(types.get(name) ?? 'number')
  const rankOf = (column: ScalarColumn) => (first.includes(column.name) ? 0 : isNumber(column) ? 2 : 1)
  const single = table.columns.filter(isSingle)
  const columns = single.sort((a, b) => rankOf(a) - rankOf(b)).slice(0, MAX_COLUMNS)
  const all = columns.flatMap((column) => slicesOfColumn(column, types.get(column.name)))
  const slices = all.filter(({ rows }) => rows.length >= MIN_ROWS)
  const whole = metricValues([metric], metrics, context).values[metric] ?? null
  const direction = metrics.get(metric)?.direction ?? 'maximise'
  const sign = direction === 'minimise' ? -1 : 1
  const ranked = slices
    .map((slice) => {
      const value = metricValues([metric], metrics, contextOf(context, slice.rows)).values[metric] ?? null
      return { slice, difference: whole === null || value === null ? null : value - whole }
    })
    .sort((a, b) => sign * ((a.difference ?? Infinity) - (b.difference ?? Infinity)))
  return {
    metric,
    direction,
    rows: context.yTrue.length,
    minRows: MIN_ROWS,
    columns: columns.map(({ name }) => name),
    columnsLeftOut: table.columns.length - columns.length,
    slices: slices.length,
    smallSlices: all.length - slices.length,
    worst: ranked.slice(0, MAX_WORST).map(({ slice, difference }): SliceOf => {
      const { rows, ...which } = slice
      const { values } = metricValues(names, metrics, contextOf(context, slice.rows))
      return { ...which, rows: rows.length, metrics: values, difference }
    }),
  }
}
