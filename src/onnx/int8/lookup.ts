import { OnnxType } from '../model-proto.js'
import type { Layer } from './layers.js'
import { channelAxis, type Int8Writer, quantisedWeights, type WeightOptions } from './writer.js'

/** Rows of a table of integers, which become floats once they are looked up: the table itself never does. */
export function writeLookup(
  { input, output, weights, attributes }: Layer,
  { to, ...options }: WeightOptions & { readonly to: Int8Writer },
): void {
  const { integers, scales } = quantisedWeights(weights, { axis: channelAxis({ op: 'Gather' }), ...options })
  const table = to.constant(OnnxType.INT8, weights.shape, integers)
  const rows = to.one({ op: 'Gather', inputs: [table, input], attributes })
  // A DequantizeLinear with a scale for each channel takes three times as long.
  const numbers = to.one({ op: 'Cast', inputs: [rows], attributes: { to: { int: OnnxType.FLOAT } } })
  to.add({ op: 'Mul', inputs: [numbers, to.floats(scales)], outputs: [output] })
}
