import { Type } from 'typebox'
import { type Schedule, warmupOption } from './schedule.js'

/** rate · decayRate^floor(epochs / everyEpochs), Keras's ExponentialDecay with a staircase. */
export const step: Schedule = {
  name: 'step',
  summary: 'falls by a factor every few epochs',
  options: Type.Object(
    {
      warmupEpochs: warmupOption,
      decayRate: Type.Number({
        default: 0.5,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'Factor at each fall',
      }),
      everyEpochs: Type.Integer({
        default: 10,
        minimum: 1,
        maximum: 10_000,
        description: 'Epochs between two falls',
      }),
    },
    { additionalProperties: false },
  ),
  factor: ({ decayRate, everyEpochs }, { epochs }) =>
    (decayRate as number) ** Math.floor(epochs / (everyEpochs as number)),
}
