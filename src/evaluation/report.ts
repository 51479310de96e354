import { type Static, type TSchema, Type } from 'typebox'
import { Finding } from '../contracts/dataset.js'
import { CalibrationReport } from './report/calibration-schema.js'
import { Compression } from './report/compression-schema.js'
import { CrossValidation } from './report/cross-validation-schema.js'
import { Evaluation } from './report/evaluation-schema.js'
import { LearningCurve } from './report/learning-curve-schema.js'
import { Search } from './report/search-schema.js'
import { Importance, Slices } from './report/slices-schema.js'

const closed = { additionalProperties: false }
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
    weights: Type.Optional(
      Type.Object(
        { least: Type.Number(), most: Type.Number() },
        { ...closed, description: 'What the rows count in the loss, 1 on average' },
      ),
    ),
  },
  closed,
)

/** Absent in the reports of versions that were made before there were such. */
const parts = { slices: Type.Optional(Slices), importance: Type.Optional(Importance) }

const Deploy = Type.Object(
  {
    alias: Type.String(),
    move: Type.Boolean({ description: 'Whether the alias was to move to the new version' }),
    expected: Type.Optional(
      Type.Union([Type.Integer(), Type.Literal('any'), Type.Null()], {
        description: 'The version that the alias had to name for it; null: none',
      }),
    ),
    reason: Type.String(),
    metrics: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'Both versions’ figures, where they were compared',
    }),
  },
  { ...closed, description: 'How the version compared with the one that the alias named' },
)

const ofParts = <Value extends TSchema>(value: Value, description: string) =>
  Type.Optional(Type.Object({ training: value, validation: value, test: value }, { ...closed, description }))

/** How a training went: what `…/versions/{v}/report` answers. */
export const Report = Type.Object(
  {
    format: Type.Literal(1),
    model: Type.String(),
    dataset: Type.String({ description: 'name@version' }),
    task: Type.String(),
    target: Type.String(),
    evaluation: Evaluation,
    ...parts,
    crossValidation: Type.Optional(CrossValidation),
    search: Type.Optional(Search),
    learningCurve: Type.Optional(LearningCurve),
    calibration: Type.Optional(CalibrationReport),
    compression: Type.Optional(Compression),
    history: Type.Array(Type.Record(Type.String(), Type.Number()), {
      description: 'Learning curves: loss and metrics of each epoch, with val_ those of the validation rows',
    }),
    training: Type.Object(
      {
        steps: Type.Integer(),
        epochs: Type.Integer(),
        bestEpoch: Type.Union([Type.Integer(), Type.Null()], {
          description: 'Whose weights were restored, else that with the lowest validation loss',
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
        waitedShare: Type.Optional(
          Type.Number({
            description:
              'How much of the time in which steps ran the network waited for its next rows, 0 to 1',
          }),
        ),
        parameters: Type.Integer({ description: 'Numbers that were learnt' }),
        networkInputs: Type.Integer({
          description:
            'Numbers that the network gets of each row: columns after the transforms, an image’s pixels, ids (and weights) of a text’s terms',
        }),
      },
      closed,
    ),
    split: Type.Object(
      {
        training: Type.Integer(),
        validation: Type.Integer(),
        test: Type.Integer(),
        unusable: Type.Integer({ description: 'Rows without a target' }),
        by: Type.Optional(Type.String({ description: 'How they were split: evaluation.split.by' })),
        column: Type.Optional(Type.String({ description: 'What they were split by' })),
        groups: ofParts(Type.Integer(), 'Groups of each part, where rows were split by group'),
        from: ofParts(
          Type.Union([Type.String(), Type.Number(), Type.Null()]),
          'The earliest time of each part, where rows were split by time; null without rows',
        ),
      },
      { ...closed, description: 'Rows of each part' },
    ),
    rowChanges: Type.Optional(
      Type.Array(RowChange, { description: 'Steps that change which of the training rows are learnt from' }),
    ),
    warnings: Type.Array(Warning),
    findings: Type.Optional(
      Type.Array(Finding, {
        description: 'What the dataset’s report said, and what the job found about its target',
      }),
    ),
    deploy: Deploy,
    secondsByStage: Type.Record(Type.String(), Type.Number(), {
      description:
        'read, split, fit and transform (of the preprocessing), train, calibrate, convert (to ONNX), evaluate; of a compressed version compress, calibrate, convert, evaluate, compare',
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
    ...parts,
    unusable: Type.Integer({
      description: 'Rows without a target, or with one that is no class of the model',
    }),
  },
  { ...closed, description: 'How a version does on a dataset' },
)
export type EvaluationReport = Static<typeof EvaluationReport>
