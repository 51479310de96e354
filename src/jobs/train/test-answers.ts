import type { Table } from '../../contracts/table.js'
import { copyRows } from '../../datasets/select-rows.js'
import type { Answers } from '../../evaluation/cross-validation/packed-answers.js'
import { type StoredModel, scalarColumn } from '../../evaluation/stored-model.js'
import { columnsOf } from './fit-version.js'

/** What a version answers to some rows of a table. */
export async function answersTo(
  model: StoredModel,
  { table, rows }: { table: Table; rows: Int32Array },
): Promise<Answers> {
  const part = copyRows(columnsOf(model.manifest, table), rows)
  const yTrue = model.truth(scalarColumn(part, model.manifest.target))
  return { rows, yTrue, outputs: rows.length === 0 ? new Float64Array(0) : await model.answer(part) }
}
