import { type Static, Type } from 'typebox'
import { parse } from '../../contracts/validation.js'
import { invalidOption } from '../invalid-option.js'
import type { CompressionMethod } from '../method.js'

const options = Type.Object(
  {
    family: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description: 'The student’s family; it takes the version’s rows. Default: the version’s own',
      }),
    ),
    hyperparameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'The student’s; what is left out is the version’s own in its own family, else the family’s default',
      }),
    ),
    share: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'In place of hyperparameters: the version’s network with all layers narrower, of so much of its parameters. Default 0.25 where neither family nor hyperparameters are given',
      }),
    ),
    unlabelled: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'A dataset with the version’s features, name or name@version, of further rows that the version answers; a target in it is not read',
      }),
    ),
    temperature: Type.Number({
      default: 2,
      minimum: 1,
      maximum: 20,
      description: 'Softens the answers of classifications; regressions have none',
    }),
    alpha: Type.Number({
      default: 0.9,
      minimum: 0,
      maximum: 1,
      description: 'What the version’s answers count; known targets count the rest',
    }),
    epochs: Type.Integer({ default: 60, minimum: 1, maximum: 10_000, description: 'Of training' }),
    learningRate: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 100, description: 'Default: the version’s own' }),
    ),
  },
  { additionalProperties: false },
)
export type DistilOptions = Static<typeof options>

/**
 * A smaller network learns what the version answers (Hinton, Vinyals, Dean 2015).
 *
 * Defaults measured on 640 labelled and 2,560 unlabelled images of digits, a perceptron of 256-256 taught to one of a
 * quarter of its parameters: temperature 2, 4 and 8 lose 0.2, 0.8 and 0.8 points, without a teacher it is 3.1.
 */
const distil: CompressionMethod<typeof options> = {
  name: 'distil',
  summary: 'Teaches a smaller network, of any family, what the version answers, with rows without labels too',
  options,
  datasets: ({ unlabelled }) => (unlabelled === undefined ? {} : { unlabelled }),
  check(given, { families }) {
    const { family, hyperparameters, share } = given
    if (share !== undefined && (family !== undefined || hyperparameters !== undefined)) {
      throw invalidOption('share', 'none where family or hyperparameters are given', share)
    }
    if (family === undefined) return
    const known = families.get(family)
    if (known === undefined)
      throw invalidOption('family', `one of ${[...families.keys()].join(', ')}`, family)
    parse(known.hyperparameters, hyperparameters ?? {}, { path: 'options.hyperparameters' })
  },

  async compress(given, source) {
    const { distilVersion } = await import('../distil.js')
    return distilVersion(given, source)
  },
}
export default distil
