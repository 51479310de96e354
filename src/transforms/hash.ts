import { type Static, Type } from 'typebox'
import type { NumericColumn, ScalarColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapCategories } from './columns/categories.js'
import { murmurHash } from './columns/murmur-hash.js'

const Options = Type.Object(
  {
    buckets: Type.Integer({
      default: 64,
      minimum: 2,
      maximum: 10_000,
      description: 'Columns that a column’s values are spread over, "<column>#<number>"',
    }),
    signed: Type.Boolean({
      default: false,
      description:
        'Half of the values count −1 in place of 1, so that those that meet in a bucket do not add up',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** The hashing trick (Weinberger et al. 2009), with the hash and the buckets of scikit-learn's FeatureHasher. */
const hash = {
  name: 'hash',
  summary:
    'Spreads the values of a column over a fixed number of columns by their hash. Nothing is learnt, so values that training ' +
    'has not seen have a place as well; a missing value is all zeros.',
  options: Options,
  accepts: 'any',
  fit: () => null,
  apply: (columns, _state, options) => columns.flatMap((column) => hashed(column, options)),
} satisfies Transform<Options, null, ScalarColumn>
export default hash

function hashed(column: ScalarColumn, { buckets, signed }: Options): NumericColumn[] {
  const encoder = new TextEncoder()
  const hashes = mapCategories(column, (category) =>
    category === null ? Number.NaN : murmurHash(encoder.encode(category)),
  )
  const made = Array.from(
    { length: buckets },
    (_, bucket): NumericColumn => ({
      kind: 'numeric',
      name: `${column.name}#${bucket}`,
      values: new Float64Array(hashes.length),
    }),
  )
  for (let row = 0; row < hashes.length; row++) {
    const value = hashes[row] as number
    if (Number.isNaN(value)) continue
    const { values } = made[Math.abs(value) % buckets] as NumericColumn
    values[row] = signed && value < 0 ? -1 : 1
  }
  return made
}
