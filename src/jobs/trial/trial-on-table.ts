import type { RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { copyRows } from '../../datasets/select-rows.js'
import { packAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { evaluate, inOwnUnit } from '../../evaluation/evaluate.js'
import { scalarColumn } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { columnsOf, type FittedVersion, fitVersion } from '../train/fit-version.js'
import type { TrainSpecification } from '../train/request.js'
import type { TrialResult, TrialSpecification } from './specification.js'
import { splitOf } from './split-of.js'

export interface TrialOptions {
  readonly specification: TrialSpecification
  /** Features and target. */
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
  /** Where columns are put that do not fit in memory. */
  readonly store?: ColumnStore
}

/** Trains as the job would that the trial is a part of, and scores the rows that are kept out here. */
export async function runTrialOnTable(options: TrialOptions): Promise<TrialResult> {
  const { part, ...rest } = options.specification
  const specification: TrainSpecification = { ...rest, type: 'train' }
  const seconds: Record<string, number> = {}
  const fitted = await fitVersion({ ...options, specification, seconds, split: splitOf(part) })
  try {
    return { part, ...(await score(fitted, options)), seconds: seconds.train ?? 0 }
  } finally {
    fitted.model.dispose()
  }
}

async function score(
  { data, model, training }: FittedVersion,
  { table, catalogue: { metrics }, context }: TrialOptions,
): Promise<Omit<TrialResult, 'part' | 'seconds'>> {
  const { task, state, head, split, targets } = data
  const rows = split.test
  const scored = copyRows(columnsOf(model.manifest, table), rows)
  const yTrue = model.truth(scalarColumn(scored, model.manifest.target))
  const outputs = await model.answer(scored)
  const known = inOwnUnit(
    Float64Array.from(split.training, (row) => targets[row] as number),
    head.scale,
  )
  const evaluation = evaluate({
    task,
    state,
    metrics,
    scored: { yTrue, outputs },
    known: { targets: known, of: 'the training rows' },
  })
  const { sha256 } = await context.artifacts.put(packAnswers({ rows, yTrue, outputs }))
  return {
    metrics: evaluation.metrics,
    baseline: evaluation.baseline,
    rows: { training: split.training.length, validation: split.validation.length, scored: rows.length },
    epochs: training.epochs,
    answers: { sha256, units: head.units },
  }
}
