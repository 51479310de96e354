import { type Static, Type } from 'typebox'
import { DatasetSnapshot, Finding } from '../../contracts/dataset.js'
import { SplitOptions } from '../../contracts/split.js'
import { CostsSchema } from '../../evaluation/report/calibration-schema.js'
import { Training, TrainingOptions } from '../../training/options.js'
import { TransformStep, TransformsRequest } from '../../transforms/chain/steps.js'

const closed = { additionalProperties: false }
const NAME = '^[a-z0-9][a-z0-9-]{0,62}$'
const Name = (description: string) => Type.String({ pattern: NAME, description })
const ColumnName = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description })

/** `name` or `name@version`. */
export const DatasetReference = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}(@[1-9][0-9]{0,8})?$',
  description: 'A dataset, by name (its newest version) or as name@version',
})

/** `name`, `name@version` or `name@alias`. */
export const ModelReference = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}(@([1-9][0-9]{0,8}|[a-z0-9][a-z0-9-]{0,62}))?$',
  description: 'A model’s champion, or model@version, or model@alias',
})

const mergeLabels = {
  description:
    'Whether labels that differ only in case, outer spaces or a final full stop are one class, spelt as the most frequent of them; they are by default',
}

const share = {
  minimum: 0,
  maximum: 0.9,
  description: 'Share of the rows that is kept out for the report',
}
const testSplit = Type.Number({ ...share, default: 0.2 })
const CrossValidationOptions = Type.Object(
  {
    folds: Type.Integer({
      default: 5,
      minimum: 2,
      maximum: 100,
      description: 'Each is answered by a version that was trained on all others',
    }),
    split: Type.Optional({
      ...SplitOptions,
      description: 'How rows are dealt out to the folds. Default: evaluation.split',
    }),
  },
  {
    ...closed,
    description:
      'Trains and scores folds as jobs of their own before the version itself; seed deals the rows out',
  },
)
const LearningCurveOptions = Type.Object(
  {
    shares: Type.Array(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }), {
      default: [0.1, 0.25, 0.5],
      minItems: 2,
      maxItems: 20,
      uniqueItems: true,
      description: 'Of the rows to learn from, beside all of them',
    }),
  },
  {
    ...closed,
    description: 'Trains on fewer rows, as jobs of their own, and tells whether more data would help',
  },
)
/** Beside the features. */
export const sliceBy = Type.Optional(
  Type.Array(ColumnName('A column of the dataset'), {
    minItems: 1,
    maxItems: 20,
    uniqueItems: true,
    description: 'Columns that the report slices rows by first, features or not',
  }),
)
const EvaluationOptions = Type.Object(
  {
    testSplit,
    seed: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 2 ** 31 - 1,
      description: 'Changes which rows are kept out; the same seed keeps the same rows out in every job',
    }),
    costs: Type.Optional(CostsSchema),
    split: Type.Optional(SplitOptions),
    crossValidation: Type.Optional(CrossValidationOptions),
    learningCurve: Type.Optional(LearningCurveOptions),
    sliceBy,
  },
  { ...closed, description: 'How the model is judged' },
)

/** What is filled in hangs on the split: where a column says which rows are test rows, none is. */
const EvaluationRequest = Type.Partial(
  Type.Object({ ...EvaluationOptions.properties, testSplit: Type.Number(share) }),
  { ...closed, description: 'How the model is judged. Default: testSplit 0.2, seed 1' },
)

/** With everything filled in; without `split` in specifications from before there was a choice. */
const Evaluation = Type.Object(
  { ...EvaluationOptions.properties, testSplit: Type.Union([testSplit, Type.Null()]) },
  { ...closed, description: 'testSplit is null where a column says which rows are test rows' },
)

const Deploy = Type.Object(
  {
    alias: Type.String({
      pattern: NAME,
      default: 'champion',
      description: 'The alias that may move; no number',
    }),
    when: Type.Enum(['better', 'always', 'never'], {
      default: 'better',
      description:
        'better: when the alias’s version is not better on the same test rows; the first version always deploys, but with never',
    }),
  },
  { ...closed, description: 'Whether predict will use the new version' },
)

const UpdatePolicy = Type.Object(
  {
    everyLabels: Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000,
      description: 'An update starts by itself whenever that many new labels have come',
    }),
  },
  { ...closed, description: 'When the model updates itself' },
)

const KeepPredictions = Type.Object(
  {
    perSecond: Type.Integer({ default: 1000, minimum: 1, maximum: 1_000_000, description: 'Rows a second' }),
    days: Type.Number({ default: 7, exclusiveMinimum: 0, maximum: 3650, description: 'For how long' }),
    maxBytes: Type.Integer({
      default: 1024 ** 3,
      minimum: 1,
      maximum: 2 ** 53 - 1,
      description: 'Up to what size',
    }),
  },
  { ...closed, description: 'Which predictions are kept, so that feedback can name them' },
)

export const TrainRequest = Type.Object(
  {
    type: Type.Literal('train'),
    model: Name('The model that gets a new version'),
    dataset: DatasetReference,
    target: ColumnName('The column to learn'),
    task: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'Of GET /v1/tasks: tabular-classification, tabular-regression, text-classification, image-classification. Default: by target and features',
      }),
    ),
    mergeLabels: Type.Optional(Type.Boolean(mergeLabels)),
    features: Type.Optional(
      Type.Array(ColumnName('A column, or a pattern such as p*'), {
        minItems: 1,
        maxItems: 10_000,
        description: 'Default: every column but the target and constant ones',
      }),
    ),
    transforms: Type.Optional(TransformsRequest),
    family: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'Of GET /v1/families. Default: the task’s own, mlp for tables, linear for texts, cnn for images',
      }),
    ),
    hyperparameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'The family’s own, as GET /v1/families says',
      }),
    ),
    inputShape: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 1_000_000 }), {
        minItems: 1,
        maxItems: 3,
        description:
          'How a row’s columns, in their order after the transforms, are laid out for a family over images ([height, width, channels]; default: a square grey one) or series ([steps, features]; default: a column is a step)',
      }),
    ),
    training: Type.Optional(TrainingOptions),
    evaluation: Type.Optional(EvaluationRequest),
    deploy: Type.Optional(Type.Partial(Deploy, { ...closed, description: 'Default: champion, when better' })),
    update: Type.Optional(Type.Union([UpdatePolicy, Type.Null()])),
    keepPredictions: Type.Optional(
      Type.Union([
        Type.Partial(KeepPredictions, {
          ...closed,
          description: 'Default: 1000 rows a second, 7 days, 1 GiB',
        }),
        Type.Literal(false),
      ]),
    ),
  },
  { ...closed, description: 'Trains a new version of a model' },
)
export type TrainRequest = Static<typeof TrainRequest>

/** The alias's version at the time of the request, which the new one is compared with. */
const Champion = Type.Object({ version: Type.Integer({ minimum: 1 }) }, closed)

export const TrainSpecification = Type.Object(
  {
    type: Type.Literal('train'),
    model: Name('The model'),
    /** With its version. */
    dataset: Type.String(),
    target: Type.String(),
    task: Type.String(),
    mergeLabels: Type.Boolean(mergeLabels),
    features: Type.Array(Type.String()),
    transforms: Type.Array(Type.Required(TransformStep, closed)),
    /** The saved chain, with its version, that the transforms were copied from. */
    chain: Type.Optional(Type.String()),
    family: Type.String(),
    hyperparameters: Type.Record(Type.String(), Type.Unknown()),
    /** As asked for; null: the usual one. The columns that values make are counted when the data is read. */
    inputShape: Type.Union([Type.Array(Type.Integer({ minimum: 1 })), Type.Null()]),
    training: Training,
    evaluation: Evaluation,
    deploy: Deploy,
    update: Type.Union([UpdatePolicy, Type.Null()]),
    keepPredictions: Type.Union([KeepPredictions, Type.Literal(false)]),
    snapshot: DatasetSnapshot,
    /** About the target, for the report. */
    targetFindings: Type.Array(Finding),
    champion: Type.Union([Champion, Type.Null()]),
  },
  closed,
)
export type TrainSpecification = Static<typeof TrainSpecification>

export const evaluationOptions = EvaluationOptions
export const deployOptions = Deploy
export const keepPredictionsOptions = KeepPredictions
