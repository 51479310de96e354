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
  },
  { additionalProperties: false, examples: [{ latencyTargetMs: 20 }] },
)
export type ServingSettings = Static<typeof ServingSettings>
