import { type Static, Type } from 'typebox'
import type { NumericColumn, ScalarColumn } from '../contracts/table.js'
import type { FitContext, Transform } from '../contracts/transform.js'
import { rowsWhere } from '../datasets/rows-where.js'
import { copyRows } from '../datasets/select-rows.js'
import { valuesAt } from '../datasets/values-at.js'
import { type Category, indexOf, mapCategories, placeCategories } from './columns/categories.js'
import { foldsOf } from './columns/folds.js'

const Options = Type.Object(
  {
    smooth: Type.Union([Type.Literal('auto'), Type.Number({ minimum: 0 })], {
      default: 'auto',
      description:
        'How far the mean of a category is drawn to the mean of all rows. auto: by the variances (empirical Bayes); a ' +
        'number: as if that many rows with the overall mean were added to each category',
    }),
    folds: Type.Integer({
      default: 5,
      minimum: 2,
      maximum: 100,
      description: 'Training rows are encoded by the rows of the other folds',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** What one column becomes. */
interface Encoding {
  readonly categories: readonly Category[]
  /** [outputs][categories] */
  readonly means: readonly (readonly number[])[]
  /** [outputs]: of all rows. */
  readonly overall: readonly number[]
}
interface State {
  readonly encodings: readonly Encoding[]
}

/** Smoothing, cross-fitting and outputs are those of scikit-learn's TargetEncoder (after Micci-Barreca 2001). */
const targetEncode = {
  name: 'target-encode',
  summary:
    'Turns categories into the mean of the target over the training rows that have them: "<column>:target", for more ' +
    'than two classes a column for each, "<column>:target-<number of the class>", with the share of the class. Training ' +
    'rows are encoded by other folds, so that none sees its own target. Missing values are a category of their own; ' +
    'unseen ones, and missing ones where the training rows had none, get the mean of all rows.',
  options: Options,
  accepts: 'any',
  needsTargets: () => true,
  fit(columns, { smooth }, context) {
    const outputs = outputsOf(context)
    return { encodings: columns.map((column) => encodingOf(column, outputs, smooth)) }
  },
  apply: (columns, { encodings }) =>
    columns.flatMap((column, index) => encoded(column, encodings[index] as Encoding)),
  applyToTraining(columns, { smooth, folds }, context) {
    const foldOf = foldsOf(context, folds)
    const outputs = outputsOf(context)
    return columns.flatMap((column) => crossFitted(column, { outputs, foldOf, folds, smooth }))
  },
} satisfies Transform<Options, State, ScalarColumn>
export default targetEncode

/** What is averaged: the target, or 1 for the rows of a class. */
function outputsOf({ targets, classes }: FitContext): Float64Array[] {
  if (classes === 0) return [targets]
  const chosen = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index)
  return chosen.map((index) => targets.map((target) => (target === index ? 1 : 0)))
}

const nameOf = (column: ScalarColumn, output: number, outputs: number): string =>
  outputs === 1 ? `${column.name}:target` : `${column.name}:target-${output}`

function encodingOf(
  column: ScalarColumn,
  outputs: readonly Float64Array[],
  smooth: Options['smooth'],
): Encoding {
  const { categories, places } = placeCategories(column)
  const overall = outputs.map((y) => y.reduce((sum, value) => sum + value, 0) / Math.max(y.length, 1))
  const means = outputs.map((y, output) =>
    smoothedMeans(y, { places, count: categories.length, overall: overall[output] as number, smooth }),
  )
  return { categories, means, overall }
}

/** @returns [count]: each category's mean, drawn to the overall one */
function smoothedMeans(
  y: Float64Array,
  {
    places,
    count,
    overall,
    smooth,
  }: { places: Int32Array; count: number; overall: number; smooth: Options['smooth'] },
): number[] {
  const rows = new Float64Array(count)
  const sums = new Float64Array(count)
  for (let row = 0; row < y.length; row++) {
    const place = places[row] as number
    rows[place] = (rows[place] as number) + 1
    sums[place] = (sums[place] as number) + (y[row] as number)
  }
  if (smooth !== 'auto') {
    return Array.from(sums, (sum, at) => (sum + smooth * overall) / ((rows[at] as number) + smooth))
  }
  const squares = new Float64Array(count)
  let variance = 0
  for (let row = 0; row < y.length; row++) {
    const place = places[row] as number
    const value = y[row] as number
    squares[place] =
      (squares[place] as number) + (value - (sums[place] as number) / (rows[place] as number)) ** 2
    variance += (value - overall) ** 2 / y.length
  }
  return Array.from(sums, (sum, at) => {
    const size = rows[at] as number
    const between = variance * size
    const share = between / (between + (squares[at] as number) / size)
    return Number.isNaN(share) ? overall : share * (sum / size) + (1 - share) * overall
  })
}

function encoded(column: ScalarColumn, { categories, means, overall }: Encoding): NumericColumn[] {
  const index = indexOf(categories)
  return means.map((byCategory, output) => ({
    kind: 'numeric',
    name: nameOf(column, output, means.length),
    values: mapCategories(column, (category) => {
      const place = index.get(category)
      return place === undefined ? (overall[output] as number) : (byCategory[place] as number)
    }),
  }))
}

function crossFitted(
  column: ScalarColumn,
  {
    outputs,
    foldOf,
    folds,
    smooth,
  }: { outputs: readonly Float64Array[]; foldOf: Int32Array; folds: number; smooth: Options['smooth'] },
): NumericColumn[] {
  const made = outputs.map(
    (_, output): NumericColumn => ({
      kind: 'numeric',
      name: nameOf(column, output, outputs.length),
      values: new Float64Array(foldOf.length),
    }),
  )
  for (let fold = 0; fold < folds; fold++) {
    const own = rowsWhere(foldOf.length, (row) => foldOf[row] === fold)
    const others = rowsWhere(foldOf.length, (row) => foldOf[row] !== fold)
    const known = outputs.map((y) => valuesAt(y, others))
    const encoding = encodingOf(ofRows(column, others), known, smooth)
    for (const [output, { values }] of encoded(ofRows(column, own), encoding).entries()) {
      const out = (made[output] as NumericColumn).values
      for (const [at, row] of own.entries()) out[row] = values[at] as number
    }
  }
  return made
}

const ofRows = (column: ScalarColumn, rows: Int32Array): ScalarColumn =>
  copyRows({ rows: rows.length, columns: [column] }, rows).columns[0] as ScalarColumn
