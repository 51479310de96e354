import { type OnnxModel, OnnxType } from '../model-proto.js'
import { Graph } from './graph.js'
import { isLayer, type Layer, type LayeredModel } from './layers.js'
import { writeStored } from './stored.js'
import { channelAxis, Int8Writer, quantisedWeights, type WeightOptions } from './writer.js'

/** What these answer is not below 0. */
const neverNegative = new Set(['Relu', 'Sigmoid', 'Softmax'])

/** A row of zeros is divided by it. */
const TINY = 1e-12

/**
 * Products whose input is quantised when it comes, each row by its own largest magnitude; ONNX Runtime runs them as
 * MatMulIntegerToFloat. DynamicQuantizeLinear would be one node in place of four, but has one range for all rows: what a
 * row is answered would depend on those beside it.
 */
export function writeDynamic({ parts, floats }: LayeredModel, options: WeightOptions): OnnxModel {
  const graph = new Graph(floats)
  const to = new Int8Writer(floats.initializers)
  for (const part of parts) {
    if (!isLayer(part)) to.nodes.push(part)
    else if (part.op !== 'MatMul') writeStored(part, { to, ...options })
    else {
      const producer = graph.producer(part.input)
      writeProduct(part, { to, isSigned: !neverNegative.has(producer?.op ?? ''), ...options })
    }
  }
  return { ...floats, nodes: to.nodes, initializers: to.initializers }
}

function writeProduct(
  layer: Layer,
  { to, isSigned, ...options }: WeightOptions & { readonly to: Int8Writer; readonly isSigned: boolean },
): void {
  const { input, output, weights, bias } = layer
  const axis = channelAxis(layer)
  const { integers, scales } = quantisedWeights(weights, { axis, ...options })
  const rows = quantisedRows(input, { to, isSigned })
  const matrix = to.dequantised(weights, { integers, scales, axis })
  const products = to.one({ op: 'MatMul', inputs: [rows.name, matrix] })
  const scaled = { op: 'Mul', inputs: [products, rows.largest] }
  if (bias === undefined) to.add({ ...scaled, outputs: [output] })
  else to.add({ op: 'Add', inputs: [to.one(scaled), to.floats(bias)], outputs: [output] })
}

/** Each row through its largest magnitude, in steps of 1/255, or of 1/127 to both sides of 128. */
function quantisedRows(input: string, { to, isSigned }: { to: Int8Writer; isSigned: boolean }) {
  const magnitudes = isSigned ? to.one({ op: 'Abs', inputs: [input] }) : input
  const attributes = { axes: { ints: [-1] }, keepdims: { int: 1 } }
  const most = to.one({ op: 'ReduceMax', inputs: [magnitudes], attributes })
  const largest = to.one({ op: 'Max', inputs: [most, to.floats(Float32Array.of(TINY), [])] })
  const shares = to.one({ op: 'Div', inputs: [input, largest] })
  const step = to.floats(Float32Array.of(1 / (isSigned ? 127 : 255)), [])
  const zero = to.constant(OnnxType.UINT8, [], Uint8Array.of(isSigned ? 128 : 0))
  const integers = to.one({ op: 'QuantizeLinear', inputs: [shares, step, zero] })
  return { largest, name: to.one({ op: 'DequantizeLinear', inputs: [integers, step, zero] }) }
}
