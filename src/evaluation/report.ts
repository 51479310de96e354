import { type Static, Type } from 'typebox'
import type { Evaluation as EvaluationContract } from '../contracts/task.js'

const closed = { additionalProperties: false }
const MetricValues = Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]))

const Evaluation = Type.Object(
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
    details: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Figures of each class and the confusion matrix, for classification',
    }),
  },
  closed,
)

const Warning = Type.Object(
  { code: Type.String(), detail: Type.String(), remedy: Type.String() },
  { additionalProperties: false },
)

const RowChange = Type.Object(
  {
    step: Type.String({ description: 'Where the step stands: "transforms[2]"' }),
    transform: Type.String(),
    before: Type.Integer({ description: 'Training rows before the step' }),
    dropped: Type.Integer({ description: 'Rows that are left out' }),
    repeated: Type.Integer({ description: 'Copies beside the first of each row' }),
    after: Type.Integer({ description: 'Training rows after the step' }),
  },
  closed,
)

/** How a training went: what `…/versions/{v}/report` answers. */
export const Report = Type.Object(
  {
    format: Type.Literal(1),
    model: Type.String(),
    dataset: Type.String({ description: 'name@version' }),
    task: Type.String(),
    target: Type.String(),
    evaluation: Evaluation,
    history: Type.Array(Type.Record(Type.String(), Type.Number()), {
      description: 'Learning curves: loss and metrics of each epoch, with val_ those of the validation rows',
    }),
    training: Type.Object(
      {
        steps: Type.Integer(),
        epochs: Type.Integer(),
        bestEpoch: Type.Union([Type.Integer(), Type.Null()], {
          description: 'With the lowest validation loss',
        }),
        bestWeightsRestored: Type.Boolean(),
        stoppedEarly: Type.Boolean(),
        executor: Type.Optional(
          Type.Enum(['xla', 'graph', 'eager'], {
            description:
              'What computed the steps: a loop compiled by XLA, a graph, or one operation after the other',
          }),
        ),
        executorReason: Type.Optional(
          Type.String({ description: 'Why that one: what it was chosen by, or why no other could be' }),
        ),
        compileSeconds: Type.Optional(
          Type.Number({ description: 'Seconds in which the step was recorded and compiled' }),
        ),
        parameters: Type.Integer({ description: 'Numbers that were learnt' }),
        networkInputs: Type.Integer({ description: 'Columns after the transforms' }),
      },
      closed,
    ),
    split: Type.Object(
      {
        training: Type.Integer(),
        validation: Type.Integer(),
        test: Type.Integer(),
        unusable: Type.Integer({ description: 'Rows without a target' }),
      },
      { ...closed, description: 'Rows of each part' },
    ),
    rowChanges: Type.Optional(
      Type.Array(RowChange, { description: 'Steps that change which of the training rows are learnt from' }),
    ),
    warnings: Type.Array(Warning),
    deploy: Type.Unknown({ description: 'How the version compared with the one that the alias named' }),
    secondsByStage: Type.Record(Type.String(), Type.Number(), {
      description: 'read, prepare, train, evaluate',
    }),
  },
  { ...closed, description: 'How a version was trained and how it does on rows kept out' },
)
export type Report = Static<typeof Report>

/** How a version does on another dataset. */
export const EvaluationReport = Type.Object(
  {
    format: Type.Literal(1),
    model: Type.String({ description: 'model@version' }),
    dataset: Type.String({ description: 'name@version' }),
    task: Type.String(),
    target: Type.String(),
    evaluation: Evaluation,
    unusable: Type.Integer({
      description: 'Rows without a target, or with one that is no class of the model',
    }),
  },
  { ...closed, description: 'How a version does on a dataset' },
)
export type EvaluationReport = Static<typeof EvaluationReport>

/** The contract's evaluation as the document holds it. */
export const inReport = (evaluation: EvaluationContract): Report['evaluation'] =>
  structuredClone(evaluation) as Report['evaluation']
