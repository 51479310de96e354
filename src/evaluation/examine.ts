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

/**
 * Everything that a report says of how a version answers some rows. Nothing is chosen by it: these may be test rows.
 *
 * @param table features and target; every row has a target that the version knows
 */
export async function examine(
  model: StoredModel,
  {
    table,
    metrics,
    known,
    signal,
  }: { table: Table; metrics: Metrics; known: KnownTargets; signal: AbortSignal },
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
  const part = (most: number) => {
    const rows = spreadRows(table.rows, most)
    return { table: copyRows(features, rows), context: contextOf(context, rows) }
  }
  return {
    evaluation: { ...evaluation, details: { ...evaluation.details, ...decisions } },
    slices: slicesOf({
      ...part(Math.min(MAX_SLICED_ROWS, Math.floor(MAX_SLICED_SCORES / units))),
      types: new Map(manifest.columns.map(({ name, type }) => [name, type])),
      names: task.metrics,
      metrics,
    }),
    importance: await importanceOf({
      ...part(MAX_SHUFFLED_ROWS),
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
