import { type Static, Type } from 'typebox'
import { MetricValues } from '../../evaluation/report/evaluation-schema.js'
import { TrainSpecification } from '../train/request.js'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

const Fold = Type.Object(
  {
    kind: Type.Literal('fold'),
    /** From 1. */
    fold: Type.Integer({ minimum: 1 }),
    folds: Type.Integer({ minimum: 2 }),
  },
  closed,
)
export type FoldPart = Static<typeof Fold>

/** What a trial is to the job that it is a part of. */
export type TrialPart = FoldPart

/** A training whose version is scored and not published. */
export const TrialSpecification = Type.Object(
  { ...TrainSpecification.properties, type: Type.Literal('trial'), part: Fold },
  closed,
)
export type TrialSpecification = Static<typeof TrialSpecification>

/** What a trial leaves as its result. */
export const TrialResult = Type.Object(
  {
    part: Fold,
    /** On the rows that it was scored on. */
    metrics: MetricValues,
    baseline: Type.Object({ predictor: Type.String(), metrics: MetricValues }, closed),
    rows: Type.Object({ training: Count, validation: Count, scored: Count }, closed),
    epochs: Count,
    seconds: Type.Number(),
    /** Its answers to those rows, as `packAnswers` writes them. */
    answers: Type.Object({ sha256: Type.String(), units: Type.Integer({ minimum: 1 }) }, closed),
  },
  closed,
)
export type TrialResult = Static<typeof TrialResult>
