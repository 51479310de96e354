import { type Static, Type } from 'typebox'
import { DatasetSnapshot } from '../../contracts/dataset.js'
import { DatasetReference, ModelReference } from '../train/request.js'

const closed = { additionalProperties: false }

const Rows = Type.Enum(['kept-out', 'all'], {
  default: 'kept-out',
  description:
    'kept-out: of a dataset that a version was trained on (any version of it), only the rows that it did not learn from; all: every row',
})

export const CompareRequest = Type.Object(
  {
    type: Type.Literal('compare'),
    model: ModelReference,
    with: ModelReference,
    dataset: DatasetReference,
    rows: Type.Optional(Rows),
  },
  { ...closed, description: 'Compares two versions on the same rows' },
)
export type CompareRequest = Static<typeof CompareRequest>

export const CompareSpecification = Type.Object(
  {
    type: Type.Literal('compare'),
    /** With its version. */
    model: Type.String(),
    /** With its version. */
    with: Type.String(),
    /** With its version. */
    dataset: Type.String(),
    rows: Rows,
    snapshot: DatasetSnapshot,
  },
  closed,
)
export type CompareSpecification = Static<typeof CompareSpecification>
