import { type Static, Type } from 'typebox'
import { quantileOf, sortedValues } from './numbers.js'

const closed = { additionalProperties: false }

/** How a transform tells usual values from outliers. */
export const BoundsOptions = Type.Union(
  [
    Type.Object(
      {
        method: Type.Literal('quantile', { default: 'quantile', description: 'Shares of the training rows' }),
        lower: Type.Number({
          default: 0.01,
          minimum: 0,
          maximum: 0.5,
          description: 'Values below this quantile are outliers',
        }),
        upper: Type.Number({
          default: 0.99,
          minimum: 0.5,
          maximum: 1,
          description: 'Values above this quantile are outliers',
        }),
      },
      { ...closed, title: 'by quantiles' },
    ),
    Type.Object(
      {
        method: Type.Literal('iqr', { description: 'The quartiles and the distance between them' }),
        factor: Type.Number({
          default: 1.5,
          exclusiveMinimum: 0,
          maximum: 1e6,
          description:
            'How many interquartile ranges beyond the quartiles an outlier begins (Tukey 1977: 1.5)',
        }),
      },
      { ...closed, title: 'by the interquartile range' },
    ),
    Type.Object(
      {
        method: Type.Literal('range', { description: 'Given bounds; nothing is learnt' }),
        minimum: Type.Optional(Type.Number({ description: 'Values below are outliers' })),
        maximum: Type.Optional(Type.Number({ description: 'Values above are outliers' })),
      },
      { ...closed, title: 'given', minProperties: 2 },
    ),
  ],
  { default: { method: 'quantile', lower: 0.01, upper: 0.99 } },
)
export type BoundsOptions = Static<typeof BoundsOptions>

/** Null: no bound on that side. */
export interface Bounds {
  readonly minimum: number | null
  readonly maximum: number | null
}

/** The bounds of a column's usual values; none where nothing is known of it. */
export function boundsOf(values: Float64Array, options: BoundsOptions): Bounds {
  if (options.method === 'range') {
    return { minimum: options.minimum ?? null, maximum: options.maximum ?? null }
  }
  const sorted = sortedValues(values)
  if (sorted.length === 0) return { minimum: null, maximum: null }
  if (options.method === 'quantile') {
    return { minimum: quantileOf(sorted, options.lower), maximum: quantileOf(sorted, options.upper) }
  }
  const [first, third] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)]
  const reach = options.factor * (third - first)
  return { minimum: first - reach, maximum: third + reach }
}
