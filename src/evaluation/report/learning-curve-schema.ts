import { type Static, Type } from 'typebox'
import { MetricValues } from './evaluation-schema.js'

const closed = { additionalProperties: false }
const Figure = Type.Union([Type.Number(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const SizePoint = Type.Object(
  {
    share: Type.Number({ description: 'Of the training and validation rows' }),
    rows: { ...Count, description: 'That were learnt from' },
    job: Type.Union([Type.String(), Type.Null()], { description: 'Null: the version itself' }),
    value: { ...Figure, description: 'The metric on the test rows' },
    metrics: MetricValues,
  },
  closed,
)

/** How good versions are that have learnt from fewer rows. */
export const LearningCurve = Type.Object(
  {
    metric: Type.String(),
    direction: Type.Enum(['maximise', 'minimise']),
    testRows: Count,
    points: Type.Array(SizePoint, { description: 'The smallest first; the last is the version' }),
    fit: Type.Union(
      [
        Type.Object({ floor: Type.Number(), scale: Type.Number(), exponent: Type.Number() }, closed),
        Type.Null(),
      ],
      {
        description:
          'error = floor + scale · rows^(−exponent), where the error is the metric, or 1 less it; null where it does not fall',
      },
    ),
    atTwice: { ...Figure, description: 'What the metric would be with twice as many rows, by the fit' },
    lastStep: Type.Union([Type.Object({ test: Type.String(), pValue: Type.Number() }, closed), Type.Null()], {
      description: 'A paired test of the version and the size before it, on the test rows',
    }),
    verdict: Type.Enum(['yes', 'no', 'unclear'], { description: 'Whether more data would help' }),
    statement: Type.String({ description: 'The same in words' }),
  },
  { ...closed, description: 'Over the number of rows, where evaluation.learningCurve asks for it' },
)
export type LearningCurve = Static<typeof LearningCurve>
