import { type Static, Type } from 'typebox'
import { DatasetSnapshot } from '../../contracts/dataset.js'
import { DatasetReference, ModelReference, sliceBy } from '../train/request.js'

const closed = { additionalProperties: false }

export const EvaluateRequest = Type.Object(
  { type: Type.Literal('evaluate'), model: ModelReference, dataset: DatasetReference, sliceBy },
  { ...closed, description: 'Scores a version on a dataset' },
)
export type EvaluateRequest = Static<typeof EvaluateRequest>

export const EvaluateSpecification = Type.Object(
  {
    type: Type.Literal('evaluate'),
    /** With its version. */
    model: Type.String(),
    /** With its version. */
    dataset: Type.String(),
    snapshot: DatasetSnapshot,
    sliceBy,
  },
  closed,
)
export type EvaluateSpecification = Static<typeof EvaluateSpecification>
