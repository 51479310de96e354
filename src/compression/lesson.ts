import { rowKeys, rowsOtherThan } from '../datasets/row-keys.js'
import { copyRows } from '../datasets/select-rows.js'
import { withColumns } from '../evaluation/stored-model.js'
import { ownRows } from './learning.js'
import type { CompressionSource } from './method.js'
import type { DistilOptions } from './methods/distil.js'

/** The version's own rows, then those that it alone says something of, with its answers to all. */
export async function lessonOf(given: DistilOptions, source: CompressionSource) {
  const { table, parent, task, head, model, tables, features } = source
  const own = await ownRows(source)
  // Some rows of the version's own dataset judge the student.
  const further =
    tables.unlabelled &&
    rowsOtherThan(
      new Set(rowKeys(withColumns(table, parent.features))),
      withColumns(tables.unlabelled, parent.features),
    )
  const parts = [
    copyRows(withColumns(table, parent.features), own.numbers),
    ...(tables.unlabelled && further
      ? [copyRows(withColumns(tables.unlabelled, parent.features), further)]
      : []),
  ]
  const count = own.numbers.length + (further?.length ?? 0)
  const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
  const answers = new Float32Array(count * head.units)
  let at = 0
  for (const part of parts) {
    const answered = await model.answer(part)
    answers.set(
      answered.map((value) => (value - add) / multiply),
      at,
    )
    at += answered.length
  }
  const rest = parts[1] ? await features(parts[1]) : new Float32Array(0)
  const all = new Float32Array(own.features.length + rest.length)
  all.set(own.features)
  all.set(rest, own.features.length)
  const labels = own.numbers.length
  const isClassification = task.kind === 'classification'
  const targets = Float64Array.from({ length: count }, (_, row) => {
    if (row < labels) return own.targets[row] as number
    const answer = answers.subarray(row * head.units, (row + 1) * head.units)
    return isClassification ? answer.indexOf(Math.max(...answer)) : (answer[0] as number)
  })
  const unlabelledRows = Int32Array.from({ length: count - labels }, (_, i) => labels + i)
  return {
    data: {
      features: all,
      targets,
      training: Int32Array.from([...own.training, ...unlabelledRows]),
      validation: own.validation,
      teaching: {
        answers,
        labelled: Uint8Array.from({ length: count }, (_, row) => (row < labels ? 1 : 0)),
        temperature: given.temperature,
        alpha: given.alpha,
      },
    },
    rows: {
      labelled: own.training.length,
      unlabelled: unlabelledRows.length,
      leftOut: (tables.unlabelled?.rows ?? 0) - unlabelledRows.length,
    },
  }
}
