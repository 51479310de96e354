import type { Table } from '../../contracts/table.js'
import { rowKeys, rowsOtherThan } from '../../datasets/row-keys.js'
import { copyRows } from '../../datasets/select-rows.js'
import { splitRows } from '../../datasets/split-rows.js'
import { withColumns } from '../../evaluation/stored-model.js'
import { drawReplay } from '../../online/replay.js'
import { validationShare } from '../../online/update-training.js'
import type { Servable } from '../../serving/servable.js'
import type { Training } from '../../training/options.js'
import { learntSplit } from './learnt-split.js'

/** A fifth of the new labels judges the update. */
const keptOutShare = 0.2

/** Which rows an update learns from, validates on and is judged by. */
export interface MixedRows {
  /** Original rows, each once, then new ones. */
  readonly original: Int32Array
  /** Numbers in `original` (first) and in the new labels (from `original.length` on). */
  readonly training: Int32Array
  readonly validation: Int32Array
  /** Rows of the original table that no version of this line was trained on. */
  readonly holdout: Int32Array
  /** Rows of the new labels that are not learnt from. */
  readonly keptOut: Int32Array
  /** Keys of the features of all feedback that has come back, in earlier updates too. */
  readonly feedback: ReadonlySet<bigint>
  readonly newRows: number
  readonly replayRows: number
}

/**
 * Mixes new labels 1:1 with a class-balanced replay of the original training rows. Equal features stand on one side
 * alone: holdout rows that came back as feedback judge no more.
 */
export function mixRows({
  servable,
  table,
  newLabels,
  learnt,
  training,
  validationSplit,
}: {
  servable: Servable
  table: Table
  newLabels: Table
  /** Keys of the features of feedback that the champion has learnt. */
  learnt: Iterable<bigint>
  /** How the update trains. */
  training: Training
  /** Of the champion's training: rows that have chosen its epoch are not learnt from either. */
  validationSplit: number
}): MixedRows {
  const { manifest } = servable
  const { strata, ...before } = learntSplit(table, servable, {
    validationSplit,
    validationSeed: training.seed,
  })
  const fresh = splitNewLabels(newLabels, { manifest, training })
  const seed = training.seed
  const replay = drawReplay({ rows: before.training, strata, count: fresh.training.length, seed })
  const check = drawReplay({
    rows: before.validation,
    strata,
    count: Math.min(before.validation.length, fresh.validation.length),
    seed,
  })
  const featuresOf = (part: Table) => withColumns(part, manifest.features)
  const feedback = new Set(learnt)
  for (const key of rowKeys(featuresOf(newLabels))) feedback.add(key)
  const unknown = rowsOtherThan(feedback, copyRows(featuresOf(table), before.test))
  const original = Int32Array.from(new Set([...replay, ...check]))
  const numberOf = new Map(Array.from(original, (row, index) => [row, index]))
  const mixed = (old: Int32Array, fresh: Int32Array) =>
    Int32Array.from([
      ...Array.from(old, (row) => numberOf.get(row) as number),
      ...Array.from(fresh, (row) => original.length + row),
    ])
  return {
    original,
    training: mixed(replay, fresh.training),
    validation: mixed(check, fresh.validation),
    holdout: unknown.map((index) => before.test[index] as number),
    keptOut: fresh.test,
    feedback,
    newRows: fresh.training.length,
    replayRows: replay.length,
  }
}

/** By the features' content alone: the same features with two labels stand on one side. */
function splitNewLabels(
  newLabels: Table,
  { manifest, training }: { manifest: Servable['manifest']; training: Training },
) {
  return splitRows({
    by: 'random',
    column: null,
    content: withColumns(newLabels, manifest.features),
    strata: new Float64Array(newLabels.rows),
    testSplit: keptOutShare,
    testSeed: manifest.split.seed,
    validationSplit: training.earlyStopping === null ? 0 : validationShare,
    validationSeed: training.seed,
  })
}
