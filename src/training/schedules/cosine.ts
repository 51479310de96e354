import { Type } from 'typebox'
import { type Schedule, warmupOption } from './schedule.js'

/** Half a cosine from the full rate to a share of it (Loshchilov and Hutter 2017), Keras's CosineDecay. */
export const cosine: Schedule = {
  name: 'cosine',
  summary: 'falls along half a cosine until the last epoch',
  options: Type.Object(
    {
      warmupEpochs: warmupOption,
      finalFraction: Type.Number({
        default: 0,
        minimum: 0,
        maximum: 1,
        description: 'Share of the rate at the end',
      }),
    },
    { additionalProperties: false },
  ),
  factor(options, { epochs, of }) {
    const final = options.finalFraction as number
    const done = of > 0 ? Math.min(1, epochs / of) : 1
    return final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * done))
  },
}
