import { type Static, Type } from 'typebox'
import { MetricValues } from './evaluation-schema.js'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const FoldMetric = Type.Object(
  {
    mean: { ...Figure, description: 'Over the folds in which it is defined; null where it is in none' },
    interval: Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()], {
      description:
        '95 % interval of the mean, by Student’s t over the folds; null with fewer than two of them',
    }),
    values: Type.Array(Figure, { description: 'Of each fold' }),
  },
  closed,
)

const Fold = Type.Object(
  {
    fold: Type.Integer({ minimum: 1 }),
    job: Type.String(),
    training: Count,
    validation: Count,
    rows: Type.Integer({ minimum: 0, description: 'Rows that were answered and scored' }),
    epochs: Count,
    seconds: Type.Number({ description: 'Of its training' }),
    chosen: Type.Optional(
      Type.Object(
        {
          name: Type.Enum(['default', 'linear', 'trial']),
          parameters: Type.Record(Type.String(), Type.Unknown()),
        },
        {
          ...closed,
          description: 'What the search, repeated on the other folds’ rows, has chosen: of a search',
        },
      ),
    ),
  },
  closed,
)

/** What folds say of how well a version of the same specification does on rows that it has not seen. */
export const CrossValidation = Type.Object(
  {
    folds: Type.Array(Fold),
    split: Type.Object(
      { by: Type.String(), column: Type.Optional(Type.String()) },
      { ...closed, description: 'How rows were dealt out to the folds: evaluation.split' },
    ),
    metrics: Type.Record(Type.String(), FoldMetric),
    baseline: Type.Object(
      { predictor: Type.String(), metrics: Type.Record(Type.String(), Figure) },
      { ...closed, description: 'The trivial predictor of each fold: means over the folds' },
    ),
    outOfFold: Type.Object(
      {
        rows: Count,
        metrics: { ...MetricValues, description: 'Of all rows’ answers at once' },
        sha256: Type.String(),
        sizeBytes: Count,
      },
      {
        ...closed,
        description:
          'Each row’s answer by the fold that has not learnt from it: GET …/versions/{v}/out-of-fold',
      },
    ),
  },
  { ...closed, description: 'Cross-validation, where evaluation.crossValidation asks for it' },
)
export type CrossValidation = Static<typeof CrossValidation>
