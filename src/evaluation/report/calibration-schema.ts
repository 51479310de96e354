import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])
/** A class as it stands in the data. */
export const LabelValue = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

/** A figure without what was chosen, and with it. */
export const BeforeAfter = Type.Object({ before: Figure, after: Figure }, closed)

export const CostsSchema = Type.Object(
  {
    falsePositive: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: 'Answering the second class where the first is right',
    }),
    falseNegative: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: 'Answering the first class where the second is right',
    }),
  },
  {
    ...closed,
    description:
      'What wrong answers cost, for two classes in the order of the signature: the label follows a threshold that is chosen by it on validation rows',
  },
)

/** What was chosen on the validation rows. */
export const CalibrationReport = Type.Object(
  {
    rows: Type.Integer({ description: 'Validation rows' }),
    conformalScores: Type.Integer({ description: 'Scores that intervals and sets are made from' }),
    temperature: Type.Optional(
      Type.Object(
        {
          fitted: Type.Union([Type.Number(), Type.Null()], {
            description: 'Divides the logits; above 1 the network was too sure. Null where none was fitted',
          }),
          applied: Type.Boolean({ description: 'Whether predict answers with it' }),
          reason: Type.String(),
          logLoss: BeforeAfter,
          expectedCalibrationError: BeforeAfter,
        },
        { ...closed, description: 'Temperature scaling, on the validation rows; classification' },
      ),
    ),
    threshold: Type.Optional(
      Type.Object(
        {
          value: Type.Union([Type.Number(), Type.Null()], {
            description:
              'The positive class is answered from this probability on; null: the more probable class is',
          }),
          costs: CostsSchema,
          positive: LabelValue,
          reason: Type.String(),
          cost: { ...BeforeAfter, description: 'Mean cost of a validation row' },
        },
        { ...closed, description: 'Where evaluation.costs were given' },
      ),
    ),
  },
  { ...closed, description: 'What was chosen on the validation rows after training' },
)
export type CalibrationReport = Static<typeof CalibrationReport>
