import { type Static, Type } from 'typebox'

/** How a model's versions are served; what is absent is chosen by Flywheel. */
export const ServingSettings = Type.Object(
  {
    latencyTargetMs: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 10_000,
        description:
          'Time in the predictor, queue and computation together, within which requests are to be answered: the ' +
          'rows of a batch, and how long one waits for more, are chosen by it. Left out: a batch is what has ' +
          'queued while the last one ran, and nothing waits',
      }),
    ),
    maxBatchRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_048,
        description:
          'Rows that are computed together at most; a request with more is computed alone. 1: no batches. Left out: 2,048',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ latencyTargetMs: 20, maxBatchRows: 256 }] },
)
export type ServingSettings = Static<typeof ServingSettings>
