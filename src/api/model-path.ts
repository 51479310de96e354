import { Type } from 'typebox'

const pattern = '^[a-z0-9][a-z0-9-]{0,62}$'

/** The parts of a path that name a model, one of its versions or one of its aliases. */
export const modelPath = {
  name: Type.String({ pattern, description: 'The model’s name', examples: ['flowers'] }),
  version: Type.Integer({
    minimum: 1,
    maximum: 2 ** 31 - 1,
    description: 'The version’s number',
    examples: [1],
  }),
  alias: Type.String({
    pattern,
    description: 'The alias; `champion` is what predict uses',
    examples: ['champion'],
  }),
}
