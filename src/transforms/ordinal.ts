import { type Static, Type } from 'typebox'
import type { ScalarColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { type Category, indexOf, mapCategories, placeCategories } from './columns/categories.js'

const Options = Type.Object(
  {
    order: Type.Union([Type.Literal('sorted'), Type.Literal('frequency')], {
      default: 'sorted',
      description:
        'What the training rows’ values are numbered by, from 0: sorted (texts by their characters, numbers by size) or the most frequent first',
    }),
    categories: Type.Optional(
      Type.Array(Type.Union([Type.String({ maxLength: 1000 }), Type.Number()]), {
        minItems: 1,
        maxItems: 10_000,
        uniqueItems: true,
        description: 'All values in their order, such as ["low", "medium", "high"]; nothing is learnt then',
      }),
    ),
    maxCategories: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Only so many of the most frequent values are numbered; others count as unseen',
    }),
    unseen: Type.Number({ default: -1, description: 'The number of values that are not numbered' }),
    missing: Type.Number({ default: -2, description: 'The number of missing values' }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface State {
  /** By column: each value's number is its place. */
  readonly categories: readonly (readonly string[])[]
}

const ordinal = {
  name: 'ordinal',
  summary:
    'Numbers the values of a column, from 0, in its place. Values that the training rows did not have get the number of ' +
    '`unseen`, missing ones that of `missing`.',
  options: Options,
  accepts: 'any',
  fit: (columns, options) => ({
    categories: columns.map((column) => options.categories?.map(String) ?? learnt(column, options)),
  }),
  apply: (columns, { categories }, { unseen, missing }) =>
    columns.map((column, index) => {
      const places = indexOf(categories[index] as readonly string[])
      const numberOf = (category: Category) =>
        category === null ? missing : (places.get(category) ?? unseen)
      return { kind: 'numeric', name: column.name, values: mapCategories(column, numberOf) }
    }),
} satisfies Transform<Options, State, ScalarColumn>
export default ordinal

function learnt(column: ScalarColumn, { order, maxCategories }: Options): string[] {
  const { categories, places } = placeCategories(column)
  const rows = new Float64Array(categories.length)
  for (const place of places) rows[place] = (rows[place] as number) + 1
  const known = categories.flatMap((text, place) =>
    text === null ? [] : [{ text, rows: rows[place] as number }],
  )
  const bySize = column.kind === 'numeric'
  const smaller = (a: { text: string }, b: { text: string }) =>
    bySize ? Number(a.text) - Number(b.text) : a.text < b.text ? -1 : 1
  const frequent = known.sort((a, b) => b.rows - a.rows || smaller(a, b)).slice(0, maxCategories)
  return (order === 'sorted' ? frequent.sort(smaller) : frequent).map(({ text }) => text)
}
