import { type Static, Type } from 'typebox'
import { DatasetSnapshot } from '../../contracts/dataset.js'

const closed = { additionalProperties: false }

export const UpdateRequest = Type.Object(
  {
    type: Type.Literal('update'),
    model: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'The model whose champion learns',
    }),
    retry: Type.Optional(
      Type.Boolean({ default: false, description: 'Try the labels of rejected updates again as well' }),
    ),
  },
  { ...closed, description: 'Lets a model learn from feedback' },
)
export type UpdateRequest = Static<typeof UpdateRequest>

export const UpdateSpecification = Type.Object(
  {
    type: Type.Literal('update'),
    model: Type.String(),
    retry: Type.Boolean(),
    /** What the champion was trained on, with its version. */
    dataset: Type.String(),
    snapshot: DatasetSnapshot,
    /** The version that learns, and that must still be the champion when the update is promoted. */
    champion: Type.Object({ version: Type.Integer({ minimum: 1 }) }, closed),
    /** The labels that waited when the job was submitted; later ones wait for the next update. */
    feedback: Type.Object(
      { rows: Type.Integer({ minimum: 1 }), lastSequence: Type.Integer({ minimum: 1 }) },
      closed,
    ),
  },
  closed,
)
export type UpdateSpecification = Static<typeof UpdateSpecification>
