import type { ColumnType } from '../contracts/dataset.js'
import type { Table } from '../contracts/table.js'
import { copyRows } from '../datasets/select-rows.js'
import { costsOf } from './calibration/costs-of.js'
import type { Metrics } from './catalogue.js'
import { decisionDetails } from './details/decisions.js'
import { evaluate } from './evaluate.js'
import { importanceOf } from './importance.js'
import type { Evaluation } from './report/evaluation-schema.js'
import type { Importance, Slices } from './report/slices-schema.js'
import { contextOf } from './slices/context-rows.js'
import { slicesOf } from './slices/slices.js'
import { type StoredModel, scalarColumn, withColumns } from './stored-model.js'
import type { KnownTargets } from './trivial-predictor.js'

/** So many rows are sliced, fewer with many classes: scores to sort, and a matrix to count, for each slice. */
const MAX_SLICED_ROWS = 20_000
const MAX_SLICED_SCORES = 1_000_000
const MAX_SHUFFLED_ROWS = 2000

export interface Examination {
  readonly evaluation: Evaluation
  readonly slices: Slices
  readonly importance: Importance
}

export interface ExamineOptions {
  /** Features and target; every row has a target that the version knows. */
  readonly table: Table
  /** Of the same rows, what they are sliced by first; features or not. */
  readonly beside?: Table
  /** By column; the version's own dataset's by default. */
  readonly types?: ReadonlyMap<string, ColumnType>
  readonly metrics: Metrics
  readonly known: KnownTargets
  readonly signal: AbortSignal
}

/**
 * Everything that a report says of how a version answers some rows. Nothing is chosen by it: these may be test rows.
 *
 */
export async function examine(
  model: StoredModel,
  {
    table,
    beside = { rows: table.rows, columns: [] },
    types = new Map(model.manifest.columns.map(({ name, type }) => [name, type])),
    metrics,
    known,
    signal,
  }: ExamineOptions,
): Promise<Examination> {
  const { manifest, task } = model
  const { state } = manifest.task
  const { units } = task.head(state)
  const yTrue = model.truth(scalarColumn(table, manifest.target))
  const outputs = await model.answer(table)
  const context = { yTrue, outputs, units }
  const evaluation = evaluate({ task, state, metrics, scored: { yTrue, outputs }, known })
  const decisions = decisionDetails(context, {
    calibration: manifest.calibration,
    classes: task.classes(state),
    costs: costsOf(manifest),
    metrics,
  })
  const features = withColumns(table, manifest.features)
  const first = beside.columns.map(({ name }) => name)
  const others = features.columns.filter(({ name }) => !first.includes(name))
  const sliced = { rows: table.rows, columns: [...beside.columns, ...others] }
  const part = (from: Table, most: number) => {
    const rows = spreadRows(from.rows, most)
    return { table: copyRows(from, rows), context: contextOf(context, rows) }
  }
  return {
    evaluation: { ...evaluation, details: { ...evaluation.details, ...decisions } },
    slices: slicesOf({
      ...part(sliced, Math.min(MAX_SLICED_ROWS, Math.floor(MAX_SLICED_SCORES / units))),
      first,
      types,
      names: task.metrics,
      metrics,
    }),
    importance: await importanceOf({
      ...part(features, MAX_SHUFFLED_ROWS),
      // Accuracy sees a shuffle only where an answer turns over.
      metric: task.kind === 'classification' ? 'log-loss' : (task.metrics[0] as string),
      metrics,
      answer: model.answer,
      signal,
    }),
  }
}

/** At most `most` row numbers, spread evenly. */
function spreadRows(rows: number, most: number): Int32Array {
  const count = Math.min(rows, most)
  return Int32Array.from({ length: count }, (_, at) => Math.floor((at * rows) / count))
}
