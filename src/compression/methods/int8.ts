import { type Static, Type } from 'typebox'
import type { CompressionMethod } from '../method.js'

/** Ranges of fewer rows say little of those to come. */
export const FEWEST_ROWS = 100

const options = Type.Object(
  {
    mode: Type.Enum(['static', 'dynamic'], {
      default: 'static',
      description:
        'static: layers read numbers in ranges that training rows have shown; convolutions compute with integers too. dynamic: each row has its own ranges; convolutions compute as before',
    }),
    perChannel: Type.Boolean({
      default: true,
      description: 'A scale for each channel of a layer’s weights, else one for the layer',
    }),
    calibrationRows: Type.Integer({
      default: 500,
      minimum: FEWEST_ROWS,
      maximum: 10_000,
      description: 'Of the training rows, for static ranges; all of them where there are fewer',
    }),
    percentile: Type.Number({
      default: 100,
      minimum: 90,
      maximum: 100,
      description:
        'Share in percent of the numbers that a static range holds: what is beyond is cut to its ends; 100: all of them',
    }),
    reduceRange: Type.Enum(['auto', 'always', 'never'], {
      default: 'auto',
      description:
        'Whether weights take 7 bits, since CPUs without VNNI overflow with 8: auto asks the CPU of the job',
    }),
  },
  { additionalProperties: false },
)
export type Int8Options = Static<typeof options>

/** Layers compute with 8-bit integers (Jacob et al. 2018): four times smaller, and faster where they are large. */
const int8: CompressionMethod<typeof options> = {
  name: 'int8',
  summary: 'Computes with 8-bit integers: a quarter of the bytes, and faster where layers are large',
  options,
  async compress(given, source) {
    const { quantiseVersion } = await import('../int8.js')
    return quantiseVersion(given, source)
  },
}
export default int8
