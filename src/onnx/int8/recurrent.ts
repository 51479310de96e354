import type { Int8Numbers } from '../../contracts/int8.js'
import { OnnxType, runtimeDomain } from '../model-proto.js'
import type { Layer, Weights } from './layers.js'
import { type Int8Writer, quantisedWeights, type WeightOptions } from './writer.js'

/** The axis of an LSTM's weights, [1, 4 · units, inputs], that holds its gates. */
const GATES = 1

/**
 * ONNX Runtime's own LSTM with 8-bit weights, which quantises inputs and states as they come; ONNX has none. Its weights
 * are [1, inputs, 4 · units].
 */
export function writeRecurrent(
  { input, output, weights, recurrent, bias, attributes }: Required<Layer>,
  { to, ...options }: WeightOptions & { readonly to: Int8Writer },
): void {
  const matrices = [weights, recurrent].map((each) => {
    const { integers, scales } = quantisedWeights(each, { axis: GATES, ...options })
    const shape = [1, each.shape[2] as number, each.shape[1] as number]
    const perGate = scales.length === 1 ? [1] : [1, scales.length]
    return {
      matrix: to.constant(OnnxType.INT8, shape, turned({ integers, scales }, each)),
      scale: to.floats(scales, perGate),
      zero: to.constant(OnnxType.INT8, perGate, new Int8Array(scales.length)),
    }
  })
  const [ofInput, ofState] = matrices as [(typeof matrices)[number], (typeof matrices)[number]]
  to.add({
    op: 'DynamicQuantizeLSTM',
    domain: runtimeDomain,
    inputs: [
      input,
      ofInput.matrix,
      ofState.matrix,
      to.floats(bias, [1, bias.length]),
      // Lengths, first states and peepholes.
      ...['', '', '', ''],
      ofInput.scale,
      ofInput.zero,
      ofState.scale,
      ofState.zero,
    ],
    outputs: [output],
    attributes,
  })
}

/** [1, gates, inputs] as [1, inputs, gates]. */
function turned({ integers }: Int8Numbers, { shape }: Weights): Int8Array {
  const [, gates, inputs] = shape as [number, number, number]
  return Int8Array.from(integers, (_, at) => integers[(at % gates) * inputs + Math.floor(at / gates)] as number)
}
