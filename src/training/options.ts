import { type Static, Type } from 'typebox'
import { FlywheelError } from '../contracts/errors.js'
import { parse } from '../contracts/validation.js'
import { AugmentationsRequest, augmentations } from './augmentations/table.js'
import { type Chosen, choiceSchema, optionalWithoutDefaults, resolveChoice } from './choice.js'
import { optimizers } from './optimizers/table.js'
import { schedules } from './schedules/learning-rate.js'

const EarlyStopping = Type.Object(
  {
    patience: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 10_000,
      description: 'Epochs without a lower validation loss after which training ends',
    }),
    minDelta: Type.Number({ default: 0, minimum: 0, description: 'How much lower counts as lower' }),
    restoreBestWeights: Type.Boolean({
      default: true,
      description: 'Keep the weights of the epoch with the lowest validation loss',
    }),
  },
  { additionalProperties: false, description: 'Ends training when the validation loss falls no more' },
)

const GradientClipping = Type.Object(
  {
    globalNorm: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Largest length of all gradients together' }),
    ),
    value: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Largest absolute value of each element' }),
    ),
  },
  { additionalProperties: false, minProperties: 1, description: 'Bounds the gradients of a step' },
)

const ClassWeights = Type.Union(
  [
    Type.Literal('balanced'),
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1e6 })),
    Type.Null(),
  ],
  { description: 'Weight of each label in the loss; balanced: rows / (classes · rows of the class)' },
)

const epochs = { minimum: 1, maximum: 10_000 }
const batchSize = { minimum: 1, maximum: 65_536 }
const gradientAccumulationSteps = { minimum: 1, maximum: 1024 }
const onDivergence = ['retry', 'fail'] as const
const validationSplit = { minimum: 0, maximum: 0.9 }

/** How to train, as a request gives it. `resolveTraining` fills in what is left out. */
export const TrainingOptions = Type.Object(
  {
    epochs: Type.Optional(
      Type.Integer({
        ...epochs,
        description: 'Default: up to 100, with early stopping; when given, exactly that many',
      }),
    ),
    batchSize: Type.Optional(
      Type.Integer({ ...batchSize, description: 'Rows per step. Default 32; above 100,000 rows 256' }),
    ),
    gradientAccumulationSteps: Type.Optional(
      Type.Integer({
        ...gradientAccumulationSteps,
        description:
          'Batches whose gradients make one update, as one batch of all their rows would in the memory of batchSize rows. Default 1',
      }),
    ),
    optimizer: Type.Optional(choiceSchema(optimizers, 'Update rule, with Keras’s names and defaults')),
    schedule: Type.Optional(choiceSchema(schedules, 'How the learning rate changes')),
    validationSplit: Type.Optional(
      Type.Number({
        ...validationSplit,
        description: 'Share of the training rows kept for validation. Default 0.2; 0 below 50 rows',
      }),
    ),
    earlyStopping: Type.Optional(
      Type.Union([
        Type.Object(optionalWithoutDefaults(EarlyStopping.properties), {
          additionalProperties: false,
          description: 'Ends training when the validation loss falls no more. Default patience 5',
        }),
        Type.Null(),
      ]),
    ),
    classWeights: Type.Optional(ClassWeights),
    augmentation: Type.Optional(AugmentationsRequest),
    gradientClipping: Type.Optional(Type.Union([GradientClipping, Type.Null()])),
    onDivergence: Type.Optional(
      Type.Enum([...onDivergence], {
        description:
          'When a loss is not finite. retry: once more, from the last checkpoint, at a tenth of the learning rate. Default retry',
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2 ** 31 - 1,
        description: 'Initial weights, order of rows, dropout. Default 42',
      }),
    ),
    deterministic: Type.Optional(
      Type.Boolean({ description: 'One thread: the same job gives the same bits. Default false' }),
    ),
    timeLimitSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 30 * 86_400, description: 'Default 86,400: one day' }),
    ),
  },
  { additionalProperties: false, description: 'How to train' },
)
export type TrainingOptions = Static<typeof TrainingOptions>

const Choice = Type.Object({ name: Type.String() }, { additionalProperties: true })

/** How to train, with everything filled in: what is queued and shown. */
export const Training = Type.Object(
  {
    epochs: Type.Integer(epochs),
    batchSize: Type.Integer(batchSize),
    /** Older specifications have none. */
    gradientAccumulationSteps: Type.Integer({ ...gradientAccumulationSteps, default: 1 }),
    optimizer: Choice,
    schedule: Choice,
    validationSplit: Type.Number(validationSplit),
    earlyStopping: Type.Union([EarlyStopping, Type.Null()]),
    classWeights: ClassWeights,
    /** Older specifications have none. */
    augmentation: Type.Array(Choice, { default: [] }),
    gradientClipping: Type.Union([GradientClipping, Type.Null()]),
    onDivergence: Type.Enum([...onDivergence], { default: 'retry' }),
    seed: Type.Integer({ minimum: 0 }),
    deterministic: Type.Boolean(),
    timeLimitSeconds: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
)
export type Training = Omit<Static<typeof Training>, 'optimizer' | 'schedule' | 'augmentation'> & {
  augmentation: Chosen[]
  optimizer: Chosen
  schedule: Chosen
}

/** Below this many rows a validation part would say little: none is kept, and there is no early stopping. */
const fewRows = 50
const manyRows = 100_000

/**
 * Fills in what a request leaves out.
 *
 * @param rows of the dataset
 * @throws FlywheelError specification-invalid that names the field
 */
export function resolveTraining(options: TrainingOptions, { rows }: { rows: number }): Training {
  const path = 'training'
  const given = parse(TrainingOptions, options, { path })
  const split = given.validationSplit ?? (rows < fewRows ? 0 : 0.2)
  return {
    epochs: given.epochs ?? 100,
    batchSize: given.batchSize ?? (rows > manyRows ? 256 : 32),
    gradientAccumulationSteps: given.gradientAccumulationSteps ?? 1,
    optimizer: resolveChoice(optimizers, given.optimizer, `${path}.optimizer`),
    schedule: resolveChoice(schedules, given.schedule, `${path}.schedule`),
    validationSplit: split,
    earlyStopping: resolveEarlyStopping(given, split),
    classWeights: given.classWeights ?? null,
    augmentation: (given.augmentation ?? []).map((each, index) =>
      resolveChoice(augmentations, each, `${path}.augmentation[${index}]`),
    ),
    gradientClipping: given.gradientClipping ?? null,
    onDivergence: given.onDivergence ?? 'retry',
    seed: given.seed ?? 42,
    deterministic: given.deterministic ?? false,
    timeLimitSeconds: given.timeLimitSeconds ?? 86_400,
  }
}

function resolveEarlyStopping(given: TrainingOptions, split: number): Training['earlyStopping'] {
  if (given.earlyStopping === null) return null
  if (given.earlyStopping === undefined) {
    return given.epochs === undefined && split > 0 ? parse(EarlyStopping, {}) : null
  }
  const { earlyStopping } = given
  if (split === 0) {
    const expected = 'null, since no rows are kept for validation'
    throw new FlywheelError('specification-invalid', `training.earlyStopping: expected ${expected}`, {
      errors: [{ path: 'training.earlyStopping', expected, received: JSON.stringify(earlyStopping) }],
    })
  }
  return parse(EarlyStopping, earlyStopping)
}
