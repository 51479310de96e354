import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Table } from '../../contracts/table.js'
import type { Task } from '../../contracts/task.js'
import { rowsKeptOut, type Split, splitLearnt, type ValidationChance } from '../../datasets/split-rows.js'
import { scalarColumn } from '../../evaluation/stored-model.js'

/** How a version's training split the rows of a table, and the stratum of each: NaN without a target. */
export interface LearntSplit extends Pick<Split, 'training' | 'validation' | 'test'> {
  readonly strata: Float64Array
}

/** @param table has the columns of the version's split rule, and its target */
export function learntSplit(
  table: Table,
  { manifest, task }: { readonly manifest: ModelManifest; readonly task: Task },
  chance: ValidationChance,
): LearntSplit {
  const strata = strataOf(table, { manifest, task })
  const test = rowsKeptOut(table, strata, manifest.split)
  const isTest = new Set(test)
  const known = strata.map((stratum, row) => (isTest.has(row) ? Number.NaN : stratum))
  return { ...splitLearnt({ table, strata: known, rule: manifest.split }, chance), test, strata }
}

/** [rows]: class index, or 0 where there are no classes; NaN without a target. */
function strataOf(table: Table, { manifest, task }: { manifest: ModelManifest; task: Task }): Float64Array {
  const encoded = task.encode(scalarColumn(table, manifest.target), manifest.task.state)
  const isClassification = task.kind === 'classification'
  return isClassification ? encoded : encoded.map((value) => (Number.isFinite(value) ? 0 : Number.NaN))
}
