import { type OnnxModel, OnnxType } from '../model-proto.js'
import { isLayer, type Layer, type LayeredModel } from './layers.js'
import { writeLookup } from './lookup.js'
import { writeRecurrent } from './recurrent.js'
import { channelAxis, Int8Writer, quantisedWeights, type WeightOptions } from './writer.js'

/**
 * Layers whose input is quantised when it comes, by its own range: DynamicQuantizeLinear and MatMulInteger, which ONNX
 * Runtime runs as one DynamicQuantizeMatMul.
 */
export function writeDynamic({ parts, floats }: LayeredModel, options: WeightOptions): OnnxModel {
  const to = new Int8Writer(floats.initializers)
  for (const part of parts) {
    if (!isLayer(part)) to.nodes.push(part)
    else if (part.op === 'MatMul') writeProduct(part, { to, ...options })
    else if (part.op === 'Gather') writeLookup(part, { to, ...options })
    else if (part.op === 'LSTM') writeRecurrent(part as Required<Layer>, { to, ...options })
    else writeConvolution(part, to)
  }
  return { ...floats, nodes: to.nodes, initializers: to.initializers }
}

function writeProduct(
  { input, output, weights, bias }: Layer,
  { to, ...options }: WeightOptions & { readonly to: Int8Writer },
): void {
  const { integers, scales } = quantisedWeights(weights, { axis: channelAxis({ op: 'MatMul' }), ...options })
  const { scale, zero } = to.scales(scales)
  const x = quantised(input, to)
  const matrix = to.constant(OnnxType.INT8, weights.shape, integers)
  const sums = to.one({ op: 'MatMulInteger', inputs: [x.integers, matrix, x.zero, zero] })
  const numbers = to.one({ op: 'Cast', inputs: [sums], attributes: { to: { int: OnnxType.FLOAT } } })
  const factor = to.one({ op: 'Mul', inputs: [x.scale, scale] })
  scaled({ output, numbers, factor, bias: bias && to.floats(bias) }, to)
}

/** In floats: ONNX Runtime's ConvInteger takes three to five times as long as its Conv. */
function writeConvolution({ input, output, weights, bias, attributes }: Layer, to: Int8Writer): void {
  const inputs = [input, to.floats(weights.values, weights.shape)]
  if (bias !== undefined) inputs.push(to.floats(bias))
  to.add({ op: 'Conv', inputs, outputs: [output], attributes })
}

function quantised(input: string, to: Int8Writer) {
  const [integers = '', scale = '', zero = ''] = to.add({ op: 'DynamicQuantizeLinear', inputs: [input] }, 3)
  return { integers, scale, zero }
}

function scaled(
  { output, numbers, factor, bias }: Record<'output' | 'numbers' | 'factor', string> & { bias?: string | undefined },
  to: Int8Writer,
): void {
  const product = { op: 'Mul', inputs: [numbers, factor] }
  if (bias === undefined) to.add({ ...product, outputs: [output] })
  else to.add({ op: 'Add', inputs: [to.one(product), bias], outputs: [output] })
}
