import { type Static, Type } from 'typebox'
import type { NumericColumn, ScalarColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { type Category, mapCategories, placeCategories } from './columns/categories.js'

const Options = Type.Object(
  {
    maxCategories: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 10_000,
      description: 'The most frequent values get a column each; all others share one',
    }),
    minRows: Type.Integer({
      default: 1,
      minimum: 1,
      description: 'Values with fewer training rows go to the shared column',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** What one column becomes: a column for each category, then the shared one, then the one for missing values. */
interface Encoding {
  readonly categories: readonly string[]
  readonly other: boolean
  readonly missing: boolean
}
interface State {
  readonly encodings: readonly Encoding[]
}

const oneHot = {
  name: 'one-hot',
  summary:
    'Turns each value of a column into a column of its own, "<column>=<value>", 1 where it stands. Rare values share ' +
    '"<column>=(other)" if the training rows had any, and missing ones have "<column>=(missing)" if the training rows ' +
    'had any. An unseen value goes to (other); where the place is not there, unseen and missing values are all zeros.',
  options: Options,
  accepts: 'any',
  fit: (columns, options) => ({ encodings: columns.map((column) => encodingOf(column, options)) }),
  apply: (columns, state) =>
    columns.flatMap((column, index) => encoded(column, state.encodings[index] as Encoding)),
} satisfies Transform<Options, State, ScalarColumn>
export default oneHot

function encodingOf(column: ScalarColumn, { maxCategories, minRows }: Options): Encoding {
  const { counts, missing } = countValues(column)
  const byFrequency = [...counts].sort(
    ([textA, a], [textB, b]) => b - a || (textA < textB ? -1 : textA > textB ? 1 : 0),
  )
  const frequent = byFrequency.slice(0, maxCategories).filter(([, count]) => count >= minRows)
  return {
    categories: frequent.map(([text]) => text),
    other: frequent.length < byFrequency.length,
    missing: missing > 0,
  }
}

function countValues(column: ScalarColumn): { counts: Map<string, number>; missing: number } {
  const { categories, places } = placeCategories(column)
  const rows = new Float64Array(categories.length)
  for (const place of places) rows[place] = (rows[place] as number) + 1
  const counts = new Map<string, number>()
  let missing = 0
  for (const [place, category] of categories.entries()) {
    if (category === null) missing = rows[place] as number
    else counts.set(category, rows[place] as number)
  }
  return { counts, missing }
}

function encoded(column: ScalarColumn, encoding: Encoding): NumericColumn[] {
  const { outputs, places } = layoutOf(encoding)
  const byRow = mapCategories(column, places)
  const columns = outputs.map((output) => ({
    kind: 'numeric' as const,
    name: `${column.name}=${output}`,
    values: new Float64Array(byRow.length),
  }))
  for (let row = 0; row < byRow.length; row++) {
    const output = columns[byRow[row] as number]
    if (output !== undefined) output.values[row] = 1
  }
  return columns
}

/** Names of the output columns behind "<column>=", and where a text (null: missing) goes; −1 for nowhere. */
interface Layout {
  readonly outputs: readonly string[]
  readonly places: (category: Category) => number
}

/** Kept by the state's own object, so that serving makes the index once for each loaded model. */
const layouts = new WeakMap<Encoding, Layout>()

function layoutOf(encoding: Encoding): Layout {
  const known = layouts.get(encoding)
  if (known !== undefined) return known
  const { categories, other, missing } = encoding
  const index = new Map(categories.map((category, place) => [category, place]))
  const outputs = [
    ...categories,
    ...(other ? [unlike('(other)', index)] : []),
    ...(missing ? [unlike('(missing)', index)] : []),
  ]
  const otherPlace = other ? categories.length : -1
  const missingPlace = missing ? outputs.length - 1 : -1
  const layout: Layout = {
    outputs,
    places: (text) => (text === null ? missingPlace : (index.get(text) ?? otherPlace)),
  }
  layouts.set(encoding, layout)
  return layout
}

/** A data value may itself be "(other)". */
function unlike(label: string, categories: ReadonlyMap<string, number>): string {
  return categories.has(label) ? unlike(`(${label})`, categories) : label
}
