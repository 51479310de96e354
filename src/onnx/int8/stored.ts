import { OnnxType } from '../model-proto.js'
import type { Layer, Weights } from './layers.js'
import { channelAxis, type Int8Writer, quantisedWeights, type WeightOptions } from './writer.js'

type Options = WeightOptions & { readonly to: Int8Writer }

/**
 * A layer whose weights are stored as integers and widened when ONNX Runtime loads the model, which folds what depends on
 * constants alone: it computes with floats as before. DynamicQuantizeLSTM and ConvInteger were tried: the first takes its
 * range from all rows of a batch, so that answers would depend on the rows beside; the second takes three to five times as
 * long as Conv.
 */
export function writeStored(layer: Layer, { to, ...options }: Options): void {
  const { op, input, output, weights, recurrent, bias, attributes } = layer
  const widened = (each: Weights): string =>
    widenedWeights(each, { axis: channelAxis(layer), to, ...options })
  const matrices = [weights, ...(recurrent ? [recurrent] : [])].map(widened)
  const inputs = op === 'Gather' ? [...matrices, input] : [input, ...matrices]
  if (bias !== undefined) inputs.push(to.floats(bias, op === 'LSTM' ? [1, bias.length] : [bias.length]))
  to.add({ op, inputs, outputs: [output], attributes })
}

function widenedWeights(
  weights: Weights,
  { to, axis, ...options }: Options & { readonly axis: number },
): string {
  const { integers, scales } = quantisedWeights(weights, { axis, ...options })
  const matrix = to.constant(OnnxType.INT8, weights.shape, integers)
  const numbers = to.one({ op: 'Cast', inputs: [matrix], attributes: { to: { int: OnnxType.FLOAT } } })
  const behind = weights.shape.slice(axis + 1).map(() => 1)
  const along = scales.length === 1 ? [] : [scales.length, ...behind]
  return to.one({ op: 'Mul', inputs: [numbers, to.floats(scales, along)] })
}
