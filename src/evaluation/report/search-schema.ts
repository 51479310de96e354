import { type Static, Type } from 'typebox'
import { MetricValues } from './evaluation-schema.js'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const Trial = Type.Object(
  {
    number: Count,
    name: Type.Enum(['default', 'linear', 'trial'], {
      description: 'default: the job without what is searched; linear: logistic or linear regression',
    }),
    job: Type.String(),
    state: Type.Enum(['succeeded', 'failed', 'cancelled'], {
      description: 'cancelled: the time was over, or somebody cancelled it',
    }),
    parameters: Type.Record(Type.String(), Type.Unknown(), { description: 'What differs from the default' }),
    value: { ...Figure, description: 'The metric on the validation rows' },
    metrics: MetricValues,
    epochs: Type.Union([Count, Type.Null()], { description: 'That it was trained' }),
    seconds: Type.Union([Type.Number(), Type.Null()], { description: 'Of its training' }),
    reason: Type.Optional(Type.String({ description: 'Why it has no figures' })),
  },
  closed,
)

const Pair = Type.Object(
  {
    rows: Count,
    default: Figure,
    best: Figure,
    pValue: { ...Figure, description: 'Of a paired test; null where the best is the default' },
    test: Type.Union([Type.String(), Type.Null()]),
  },
  closed,
)

/** What a search has tried, and whether it was worth it. */
export const Search = Type.Object(
  {
    method: Type.String(),
    metric: Type.String({ description: 'What trials are compared by, on validation rows' }),
    direction: Type.Enum(['maximise', 'minimise']),
    space: Type.Record(Type.String(), Type.Unknown()),
    seed: Type.Integer(),
    budgetSeconds: Type.Integer(),
    trials: Type.Array(Trial, { description: 'In the order in which they began' }),
    trivial: Type.Object(
      { predictor: Type.String(), value: Figure },
      { ...closed, description: 'The trivial predictor on the same rows' },
    ),
    linearLeftOut: Type.Optional(Type.String({ description: 'Why there is no linear baseline' })),
    best: { ...Count, description: 'The number of the trial that has become the version' },
    improved: Type.Boolean({ description: 'Whether it is better than the default on the validation rows' }),
    statement: Type.String({ description: 'The same in words' }),
    validation: Pair,
    test: { ...Pair, description: 'The same two on the test rows, which no choice has looked at' },
  },
  { ...closed, description: 'The trials of a search, where a version comes from one' },
)
export type Search = Static<typeof Search>
