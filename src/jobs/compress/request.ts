import { type Static, Type } from 'typebox'
import { DatasetSnapshot } from '../../contracts/dataset.js'
import { ModelReference } from '../train/request.js'

const closed = { additionalProperties: false }

const maxDrop = Type.Number({
  default: 0.01,
  minimum: 0,
  maximum: 1,
  description:
    'How much worse the task’s first metric may be on the test rows: 0.01 is a point of accuracy; of an error (rmse), a share of the parent’s',
})
const minSpeedup = Type.Number({
  exclusiveMinimum: 0,
  maximum: 1000,
  description: 'How many times as fast the median answer must be, to one row and to 32',
})

const Accept = Type.Object(
  { maxDrop: Type.Optional(maxDrop), minSpeedup: Type.Optional(minSpeedup) },
  {
    ...closed,
    description:
      'When the alias moves to the new version: it must be smaller or faster, and what is named here must hold. Without it the alias stays',
  },
)

/** What is made and when it is used; the compression route takes the same. */
export const compressOptions = {
  method: Type.String({
    minLength: 1,
    maxLength: 63,
    description: 'One of GET /v1/compression-methods',
  }),
  options: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'The method’s own options' }),
  ),
  accept: Type.Optional(Accept),
  alias: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      default: 'champion',
      description: 'The alias that may move; it moves only where it names the parent',
    }),
  ),
}

export const CompressRequest = Type.Object(
  { type: Type.Literal('compress'), model: ModelReference, ...compressOptions },
  { ...closed, description: 'Makes a smaller or faster version of a version' },
)
export type CompressRequest = Static<typeof CompressRequest>

const AcceptSpecification = Type.Object(
  { maxDrop, minSpeedup: Type.Union([minSpeedup, Type.Null()]) },
  closed,
)

export const CompressSpecification = Type.Object(
  {
    type: Type.Literal('compress'),
    /** The parent, with its version. */
    model: Type.String(),
    method: Type.String(),
    options: Type.Record(Type.String(), Type.Unknown()),
    accept: Type.Union([AcceptSpecification, Type.Null()]),
    alias: Type.String(),
    /** What the alias named when the job was submitted; null: nothing. */
    aliased: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    /** What the parent was trained on. */
    snapshot: DatasetSnapshot,
    /** Further datasets that the options name, by role. */
    datasets: Type.Record(Type.String(), DatasetSnapshot),
  },
  closed,
)
export type CompressSpecification = Static<typeof CompressSpecification>
