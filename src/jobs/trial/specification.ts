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

const Share = Type.Object(
  { kind: Type.Literal('share'), share: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }) },
  closed,
)
export type SharePart = Static<typeof Share>

const Search = Type.Object(
  {
    kind: Type.Literal('search'),
    /** In the order in which they began, from 0. */
    number: Count,
    name: Type.Enum(['default', 'linear', 'trial']),
    /** Trials of one configuration differ in their epochs; −1 for what the others are compared with. */
    configuration: Type.Integer({ minimum: -1 }),
    rung: Count,
    coordinates: Type.Record(Type.String(), Type.Number()),
    /** What differs from the default, by the field's path. */
    parameters: Type.Record(Type.String(), Type.Unknown()),
    /** At most, in place of the job's own. */
    epochs: Type.Optional(Type.Integer({ minimum: 1 })),
    /** The fold whose rows are held out, where the search is cross-validated: it is repeated on the others. */
    outer: Type.Optional(Type.Omit(Fold, ['kind'], closed)),
  },
  closed,
)
export type SearchPart = Static<typeof Search>

const Part = Type.Union([Fold, Share, Search])
/** What a trial is to the job that it is a part of. */
export type TrialPart = Static<typeof Part>

/** A training whose version is scored and not published. */
export const TrialSpecification = Type.Object(
  { ...TrainSpecification.properties, type: Type.Literal('trial'), part: Part },
  closed,
)
export type TrialSpecification = Static<typeof TrialSpecification>

/** Answers to rows as `packAnswers` writes them. */
const PackedAnswers = Type.Object({ sha256: Type.String(), units: Type.Integer({ minimum: 1 }) }, closed)
const Baseline = Type.Object({ predictor: Type.String(), metrics: MetricValues }, closed)

/** What a trial leaves as its result. */
export const TrialResult = Type.Object(
  {
    part: Part,
    /** On the rows that it was scored on. */
    metrics: MetricValues,
    baseline: Baseline,
    rows: Type.Object({ training: Count, validation: Count, scored: Count }, closed),
    epochs: Count,
    seconds: Type.Number(),
    /** To those rows. */
    answers: PackedAnswers,
    /** The same for the rows of the fold that is held out from a search. */
    heldOut: Type.Optional(
      Type.Object({ metrics: MetricValues, baseline: Baseline, rows: Count, answers: PackedAnswers }, closed),
    ),
    /** What it has learnt, where it may become a version. */
    kept: Type.Optional(
      Type.Object(
        {
          /** Of its ModelManifest. */
          sha256: Type.String(),
          /** Of what a report says of its training: `TrialDetails`. */
          details: Type.String(),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type TrialResult = Static<typeof TrialResult>
