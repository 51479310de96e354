import { Type } from 'typebox'
import { type Schedule, warmupOption } from './schedule.js'

/** rate · decayRate^(epochs / decayEpochs), Keras's ExponentialDecay. */
export const exponential: Schedule = {
  name: 'exponential',
  summary: 'falls by the same factor at every step',
  options: Type.Object(
    {
      warmupEpochs: warmupOption,
      decayRate: Type.Number({
        default: 0.96,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'Factor after each decayEpochs',
      }),
      decayEpochs: Type.Number({
        default: 1,
        exclusiveMinimum: 0,
        maximum: 10_000,
        description: 'Epochs in which the rate falls by decayRate',
      }),
    },
    { additionalProperties: false },
  ),
  factor: ({ decayRate, decayEpochs }, { epochs }) =>
    (decayRate as number) ** (epochs / (decayEpochs as number)),
}
