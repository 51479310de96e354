import { type Static, Type } from 'typebox'
import { TrainingOptions } from '../../training/options.js'
import { TrainRequest, TrainSpecification } from '../train/request.js'

const closed = { additionalProperties: false }

const Bounds = Type.Tuple([Type.Number(), Type.Number()], { description: '[lowest, highest]' })
const IntegerBounds = Type.Tuple([Type.Integer(), Type.Integer()], {
  description: '[lowest, highest], both included',
})
const when = Type.Optional(
  Type.Object(
    { family: Type.String({ maxLength: 64 }) },
    { ...closed, description: 'Only for trials of that family, where `family` is searched too' },
  ),
)

/** What one field of a training may be. */
const Range = Type.Union(
  [
    Type.Object({ uniform: Bounds, when }, { ...closed, description: 'A number, all equally likely' }),
    Type.Object(
      { logUniform: Bounds, when },
      { ...closed, description: 'A number above 0, all orders of magnitude equally likely' },
    ),
    Type.Object({ integer: IntegerBounds, when }, { ...closed, description: 'A whole number' }),
    Type.Object(
      { choice: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 100 }), when },
      { ...closed, description: 'One of these values' },
    ),
  ],
  { description: 'One of uniform, logUniform, integer, choice' },
)
export type Range = Static<typeof Range>

const Space = Type.Record(
  Type.String({ pattern: '^(family|hyperparameters\\.[A-Za-z0-9]+|training(\\.[A-Za-z0-9]+)+)$' }),
  Range,
  {
    // TypeBox fails to fill in the defaults of a record whose `additionalProperties` is false.
    unevaluatedProperties: false,
    minProperties: 1,
    maxProperties: 50,
    description:
      'What is searched, by the field’s path in a training job: family, hyperparameters.…, training.…',
  },
)

const seed = { minimum: 0, maximum: 2 ** 31 - 1 }

const SearchOptions = Type.Object(
  {
    space: Space,
    method: Type.Enum(['tpe', 'random', 'asha'], {
      default: 'tpe',
      description:
        'tpe: where earlier trials were good (Bergstra et al. 2011); random: by chance; asha: many by chance with few epochs, the best third of them with three times as many, and so on (Li et al. 2018)',
    }),
    trials: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 1000,
      description: 'Configurations beside the default and the linear baseline',
    }),
    budgetSeconds: Type.Integer({
      default: 3600,
      minimum: 1,
      maximum: 30 * 86_400,
      description: 'From the first trial’s start: trials that have not ended by then are stopped',
    }),
    parallel: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 64,
      description: 'Trials at the same time, as far as there are workers',
    }),
    metric: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'What trials are compared by. Default: the task’s first metric',
      }),
    ),
    seed: Type.Integer({ ...seed, default: 1, description: 'Of the places that are tried' }),
    reduction: Type.Integer({
      default: 3,
      minimum: 2,
      maximum: 10,
      description: 'asha: one of so many is promoted, to so many times the epochs',
    }),
    minEpochs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'asha: epochs at first. Default: so that there are up to four stages',
      }),
    ),
  },
  closed,
)
export const searchOptions = SearchOptions

export const SearchRequest = Type.Object(
  {
    ...TrainRequest.properties,
    type: Type.Literal('search'),
    search: Type.Object(
      { ...Type.Partial(SearchOptions).properties, space: Space },
      { ...closed, description: 'What is searched, and how' },
    ),
  },
  { ...closed, description: 'Searches for the best training, and publishes its version' },
)
export type SearchRequest = Static<typeof SearchRequest>

/** What a trial of a family begins with: where the job names no steps, those that are usual for the family's rows. */
const Beginning = Type.Object(
  {
    hyperparameters: Type.Record(Type.String(), Type.Unknown()),
    transforms: TrainSpecification.properties.transforms,
  },
  closed,
)
export type Beginning = Static<typeof Beginning>

/** The baseline, or why there is none. */
const Baseline = Type.Union([
  Type.Object({ family: Type.String(), ...Beginning.properties }, closed),
  Type.Object({ leftOut: Type.String() }, closed),
])

export const SearchSpecification = Type.Object(
  {
    ...TrainSpecification.properties,
    type: Type.Literal('search'),
    search: Type.Object(
      {
        ...SearchOptions.properties,
        metric: Type.String(),
        direction: Type.Enum(['maximise', 'minimise']),
        /** Epochs of asha's stages; of the others those of the job. */
        rungEpochs: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }),
        /** Of each family that is searched. */
        families: Type.Record(Type.String(), Beginning),
        linear: Baseline,
        /** As the request gives it: what a trial changes is resolved anew. */
        training: TrainingOptions,
        /** Rows with a target. */
        rows: Type.Integer({ minimum: 0 }),
      },
      closed,
    ),
  },
  closed,
)
export type SearchSpecification = Static<typeof SearchSpecification>
