import type { RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { copyRows } from '../../datasets/select-rows.js'
import { valuesAt } from '../../datasets/values-at.js'
import { packAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { evaluate, inOwnUnit } from '../../evaluation/evaluate.js'
import { scalarColumn } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { columnsOf, type FittedVersion, fitVersion } from '../train/fit-version.js'
import type { TrainSpecification } from '../train/request.js'
import { storeManifest } from '../train/store-model.js'
import type { TrialDetails } from './details.js'
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

/**
 * Trains as the job would that the trial is a part of, and scores it: a fold on its own rows, a trial of a search on the
 * validation rows, so that the test rows stay untouched. Where a search is repeated without a fold, the rows of the fold
 * are answered too: which of its trials answers for it is chosen by the validation rows.
 */
export async function runTrialOnTable(options: TrialOptions): Promise<TrialResult> {
  const { part, ...rest } = options.specification
  const specification: TrainSpecification = { ...rest, type: 'train' }
  const seconds: Record<string, number> = {}
  const split = splitOf(part)
  const fitted = await fitVersion({ ...options, specification, seconds, ...(split && { split }) })
  try {
    const { training, validation, test } = fitted.data.split
    const { rows, ...scored } = await score(part.kind === 'search' ? validation : test, fitted, options)
    const result = {
      part,
      ...scored,
      rows: { training: training.length, validation: validation.length, scored: rows },
      epochs: fitted.training.epochs,
      seconds: seconds.train ?? 0,
    }
    if (part.kind !== 'search') return result
    if (part.outer !== undefined) return { ...result, heldOut: await score(test, fitted, options) }
    return { ...result, kept: await keep(fitted, { ...options, seconds }) }
  } finally {
    fitted.model.dispose()
  }
}

async function score(
  rows: Int32Array,
  { data, model }: FittedVersion,
  { table, catalogue: { metrics }, context }: TrialOptions,
): Promise<NonNullable<TrialResult['heldOut']>> {
  const { task, state, head, split, targets } = data
  const scored = copyRows(columnsOf(model.manifest, table), rows)
  const yTrue = model.truth(scalarColumn(scored, model.manifest.target))
  const outputs = await model.answer(scored)
  const known = inOwnUnit(valuesAt(targets, split.training), head.scale)
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
    rows: rows.length,
    answers: { sha256, units: head.units },
  }
}

/** Stores what may become a version, without a name of its own: what no version takes is removed with time. */
async function keep(
  { model, history, training, warnings, calibration }: FittedVersion,
  { context: { artifacts }, seconds }: TrialOptions & { seconds: Record<string, number> },
): Promise<NonNullable<TrialResult['kept']>> {
  const { sha256 } = await storeManifest(artifacts, model.manifest)
  const report = { history, training, warnings, seconds, ...(calibration && { calibration }) }
  const details = await artifacts.put(Buffer.from(JSON.stringify(report satisfies TrialDetails)))
  return { sha256, details: details.sha256 }
}
