import { type Static, Type } from 'typebox'
import { MetricValues } from './evaluation-schema.js'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

/** Of dates as ISO 8601. */
const Bound = (description: string) => Type.Union([Type.Number(), Type.String()], { description })

const Slice = Type.Object(
  {
    column: Type.String(),
    value: Type.Optional(
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
        description: 'The rows with that value, or whose list holds it; null: those without one',
      }),
    ),
    from: Type.Optional(Bound('The rows with a value from it …')),
    to: Type.Optional(Bound('… up to it')),
    rows: Count,
    metrics: MetricValues,
    difference: Type.Union([Type.Number(), Type.Null()], {
      description: 'The first metric’s difference to all rows',
    }),
  },
  closed,
)

/** How a version does on parts of the rows. */
export const Slices = Type.Object(
  {
    metric: Type.String({ description: 'What the slices are ordered by' }),
    direction: Type.Optional(
      Type.Enum(['maximise', 'minimise'], {
        description: 'Of that metric; absent in the reports of earlier versions',
      }),
    ),
    rows: Type.Integer({ minimum: 0, description: 'Rows that were sliced' }),
    minRows: Type.Integer({ description: 'Smaller slices are left out' }),
    columns: Type.Array(Type.String(), { description: 'Columns that were sliced by' }),
    columnsLeftOut: Count,
    slices: Type.Integer({ minimum: 0, description: 'Slices that are large enough' }),
    smallSlices: Type.Integer({ minimum: 0, description: 'Slices that are left out, with fewer rows' }),
    worst: Type.Array(Slice, { description: 'The worst slices, the worst first' }),
  },
  { ...closed, description: 'The metrics for each value, or quarter of the values, of a feature' },
)
export type Slices = Static<typeof Slices>
export type SliceOf = Static<typeof Slice>

/** How much worse a version answers when a column's values are shuffled. */
export const Importance = Type.Object(
  {
    metric: Type.String(),
    rows: Type.Integer({ minimum: 0, description: 'Rows that were shuffled' }),
    repeats: Count,
    columns: Type.Array(
      Type.Object(
        {
          column: Type.String(),
          loss: Type.Number({ description: 'How much worse the metric is, the mean over the repeats' }),
          deviation: Type.Number({ description: 'Standard deviation over the repeats' }),
        },
        closed,
      ),
      { description: 'The most important first' },
    ),
    reason: Type.Optional(Type.String({ description: 'Why there are none' })),
  },
  { ...closed, description: 'Permutation importance of the features (Breiman 2001)' },
)
export type Importance = Static<typeof Importance>
