import { type Static, Type } from 'typebox'
import { BeforeAfter, LabelValue } from './calibration-schema.js'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const Points = (description: string) =>
  Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { maxItems: 1000, description })

export const MetricValues = Type.Record(Type.String(), Figure)

const ClassFigures = Type.Object(
  {
    label: LabelValue,
    support: Type.Number({ description: 'Rows of the class' }),
    predicted: Type.Number({ description: 'Rows that were taken for it' }),
    precision: Figure,
    recall: Figure,
    f1: Figure,
  },
  closed,
)

const ReliabilityBin = Type.Object(
  { from: Type.Number(), to: Type.Number(), rows: Type.Number(), confidence: Figure, accuracy: Figure },
  closed,
)

const Curves = Type.Object(
  {
    label: LabelValue,
    roc: Points('[false positive rate, true positive rate]'),
    precisionRecall: Points('[recall, precision]'),
  },
  closed,
)

const Decision = Type.Object(
  {
    cost: Type.Number({ description: 'Mean cost of a row' }),
    accuracy: Type.Number(),
    precision: Figure,
    recall: Figure,
    falsePositives: Count,
    falseNegatives: Count,
  },
  closed,
)

const Coverage = Type.Object(
  {
    coverage: Type.Number({ description: 'What is promised' }),
    covered: Type.Number({ description: 'Share of these rows whose answer holds the truth' }),
    quantile: Type.Union([Type.Number(), Type.Null()], {
      description: 'Null: too few validation rows to promise it, everything is covered',
    }),
    meanSetSize: Type.Optional(Type.Number({ description: 'Classes in a set' })),
    emptySets: Type.Optional(Type.Number({ description: 'Share of the rows that no class fits' })),
    meanWidth: Type.Optional(Type.Union([Type.Number(), Type.Null()], { description: 'Of the intervals' })),
  },
  closed,
)

const Residuals = Type.Object(
  {
    edges: Type.Array(Type.Number(), { maxItems: 101, description: 'Of the bins, in ascending order' }),
    counts: Type.Array(Count, { maxItems: 100 }),
    quantiles: Type.Record(Type.String(), Type.Number(), { description: 'By share: 0.05, 0.25, 0.5, …' }),
    predictedByTrue: Points('[true, predicted] of rows that are spread evenly'),
  },
  { ...closed, description: 'True less predicted values, in the unit of the target' },
)

/** What the figures of a task's kind are made of. */
const Details = Type.Object(
  {
    perClass: Type.Optional(Type.Array(ClassFigures)),
    confusionMatrix: Type.Optional(
      Type.Object(
        { classes: Type.Array(LabelValue), rowsAreTrueClasses: Type.Array(Type.Array(Count)) },
        { ...closed, description: 'Up to 100 classes' },
      ),
    ),
    reliability: Type.Optional(
      Type.Array(ReliabilityBin, {
        description: 'How often the answered class is right, by its probability: 15 bins of equal width',
      }),
    ),
    curves: Type.Optional(
      Type.Array(Curves, {
        description:
          'Of the second of two classes; of each class against the rest for up to 10; absent beyond',
      }),
    ),
    temperature: Type.Optional(
      Type.Object(
        { value: Type.Number(), logLoss: BeforeAfter, expectedCalibrationError: BeforeAfter },
        { ...closed, description: 'These rows without the version’s temperature and with it' },
      ),
    ),
    threshold: Type.Optional(
      Type.Object(
        { value: Type.Number(), positive: LabelValue, before: Decision, after: Decision },
        { ...closed, description: 'These rows answered by the more probable class, and by the threshold' },
      ),
    ),
    conformal: Type.Optional(
      Type.Object(
        { scores: Count, levels: Type.Array(Coverage) },
        { ...closed, description: 'Sets or intervals, as predict gives them with ?conformal=' },
      ),
    ),
    residuals: Type.Optional(Residuals),
  },
  { ...closed, description: 'By the kind of task' },
)
export type Details = Static<typeof Details>

export const Evaluation = Type.Object(
  {
    rows: Type.Integer({ minimum: 0, description: 'Rows that were answered and scored' }),
    metrics: { ...MetricValues, description: 'By name; null where a metric is undefined on these rows' },
    baseline: Type.Object(
      {
        predictor: Type.String({ description: 'What the trivial predictor answers' }),
        metrics: MetricValues,
      },
      { ...closed, description: 'The trivial predictor on the same rows' },
    ),
    undefinedMetrics: Type.Record(Type.String(), Type.String(), { description: 'Why a metric is null' }),
    details: Details,
  },
  closed,
)
export type Evaluation = Static<typeof Evaluation>
