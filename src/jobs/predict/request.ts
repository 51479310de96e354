import { type Static, Type } from 'typebox'
import { DatasetSnapshot } from '../../contracts/dataset.js'
import { DatasetReference, ModelReference } from '../train/request.js'

const closed = { additionalProperties: false }

const columns = Type.Union(
  [
    Type.Literal('all'),
    Type.Literal('none'),
    Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), {
      minItems: 1,
      maxItems: 10_000,
      uniqueItems: true,
    }),
  ],
  {
    default: 'all',
    description: 'Which columns of the dataset stand before the answers, in this order',
  },
)
const prefix = Type.String({
  maxLength: 60,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  default: 'predicted_',
  description: 'Before the names of the columns that hold the answers',
})
const probabilities = Type.Union([Type.Literal('all'), Type.Literal('none')], {
  default: 'all',
  description: 'Whether each class has a column with its probability',
})
const conformal = Type.Number({
  exclusiveMinimum: 0,
  exclusiveMaximum: 1,
  description:
    'Adds what holds the truth with this probability: the set of labels, or the bounds of an interval',
})
const onUnanswered = Type.Union([Type.Literal('keep'), Type.Literal('reject')], {
  default: 'keep',
  description:
    'What becomes of rows that the model has no answer to, as to a damaged image: `keep` leaves their answers missing ' +
    'and counts them; `reject` ends the job with the first of them',
})

export const PredictRequest = Type.Object(
  {
    type: Type.Literal('predict'),
    model: ModelReference,
    dataset: DatasetReference,
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'The dataset that is made: its next version, where there is one of that name',
    }),
    columns: Type.Optional(columns),
    prefix: Type.Optional(prefix),
    probabilities: Type.Optional(probabilities),
    conformal: Type.Optional(conformal),
    onUnanswered: Type.Optional(onUnanswered),
  },
  { ...closed, description: 'Answers the rows of a dataset' },
)
export type PredictRequest = Static<typeof PredictRequest>

export const PredictSpecification = Type.Object(
  {
    type: Type.Literal('predict'),
    /** With its version. */
    model: Type.String(),
    /** With its version. */
    dataset: Type.String(),
    name: Type.String(),
    columns,
    prefix,
    probabilities,
    conformal: Type.Union([conformal, Type.Null()]),
    onUnanswered,
    snapshot: DatasetSnapshot,
  },
  closed,
)
export type PredictSpecification = Static<typeof PredictSpecification>
