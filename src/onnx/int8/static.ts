import { nearestIntegers } from '../../contracts/int8.js'
import { type OnnxModel, OnnxType } from '../model-proto.js'
import { onnxPorts } from '../ports.js'
import { activationsOf, isStaticLayer } from './activations.js'
import { isLayer, type Layer, type LayeredModel } from './layers.js'
import { type CalibrationRows, type Observed, observeRanges } from './ranges.js'
import { writeStored } from './stored.js'
import { channelAxis, Int8Writer, layoutOf, quantisedWeights, type WeightOptions } from './writer.js'

export interface StaticOptions extends WeightOptions {
  readonly rows: CalibrationRows
  /** Share of the numbers of an activation in percent that its range holds. */
  readonly percentile: number
}

/** How a tensor's numbers become unsigned integers. */
interface Steps {
  readonly size: number
  /** Names of the constants. */
  readonly scale: string
  readonly zero: string
}

/** The integers of a tensor as floats again, as the layers behind it read them. */
interface Quantised {
  readonly name: string
  readonly steps: Steps
}

/**
 * Layers whose inputs and outputs are quantised by ranges that were seen: QuantizeLinear and DequantizeLinear around
 * Gemm and Conv, which ONNX Runtime runs as QGemm and QLinearConv.
 */
export async function writeStatic(model: LayeredModel, options: StaticOptions): Promise<OnnxModel> {
  const { parts, floats } = model
  const { ranged, movers, made } = activationsOf(model)
  const inputs = parts.filter(isStaticLayer).map(({ input }) => input)
  const observed = await observeRanges(floats, { names: [...new Set([...ranged, ...inputs])], ...options })
  const to = new Int8Writer(floats.initializers)
  const quantised = new Map<string, Quantised>()
  const quantise = (name: string, steps: Steps): void => {
    quantised.set(name, writeSteps(name, { to, steps }))
  }
  const quantiseByRange = (name: string): void => {
    if (ranged.has(name)) quantise(name, stepsOf(observed.get(name) as Observed, to))
  }
  quantiseByRange(onnxPorts.input)
  for (const part of parts) {
    if (isStaticLayer(part)) {
      const { name, steps } = quantised.get(part.input) as Quantised
      const { rank } = observed.get(part.input) as Observed
      writeLayer({ ...part, input: name }, { to, inputStep: steps.size, rank, ...options })
      quantiseByRange(part.output)
      continue
    }
    const read = (name: string): string => (made.has(name) ? (quantised.get(name)?.name ?? name) : name)
    if (isLayer(part)) {
      writeStored({ ...part, input: read(part.input) }, { to, ...options })
      quantiseByRange(part.output)
      continue
    }
    if (movers.has(part)) {
      const [moved = '', ...how] = part.inputs
      const { name, steps } = quantised.get(moved) as Quantised
      to.nodes.push({ ...part, inputs: [name, ...how] })
      quantise(part.outputs[0] as string, steps)
      continue
    }
    to.nodes.push({ ...part, inputs: part.inputs.map(read) })
    for (const name of part.outputs) quantiseByRange(name)
  }
  return { ...floats, nodes: to.nodes, initializers: to.initializers }
}

/** All 256 of them, so that 0 is one: a network's padding and ReLUs are exact. */
function stepsOf({ low, high }: Observed, to: Int8Writer): Steps {
  const [least, most] = [Math.min(0, low), Math.max(0, high)]
  const size = Math.fround(most > least ? (most - least) / 255 : 1)
  return {
    size,
    scale: to.floats(Float32Array.of(size), []),
    zero: to.constant(OnnxType.UINT8, [], Uint8Array.of(Math.round(-least / size))),
  }
}

function writeSteps(name: string, { to, steps }: { to: Int8Writer; steps: Steps }): Quantised {
  const { scale, zero } = steps
  const integers = to.one({ op: 'QuantizeLinear', inputs: [name, scale, zero] })
  return { steps, name: to.one({ op: 'DequantizeLinear', inputs: [integers, scale, zero] }) }
}

function writeLayer(
  layer: Layer,
  {
    to,
    inputStep,
    rank,
    ...options
  }: WeightOptions & { readonly to: Int8Writer; readonly inputStep: number; readonly rank: number },
): void {
  const { op, input, output, weights, bias, attributes } = layer
  const axis = channelAxis(layer)
  const layout = layoutOf(weights, axis)
  const { integers, scales } = fittingWeights(layer, { inputStep, axis, ...options })
  const w = to.dequantised(weights, { integers, scales, axis })
  if (op === 'MatMul' && rank !== 2) {
    const product = { op, inputs: [input, w] }
    if (bias === undefined) to.add({ ...product, outputs: [output] })
    else to.add({ op: 'Add', inputs: [to.one(product), to.floats(bias)], outputs: [output] })
    return
  }
  const inputs = [input, w]
  if (bias !== undefined) {
    const steps = scales.map((each) => each * inputStep)
    const channels = steps.length
    const whole = Int32Array.from(bias, (value, at) => Math.round(value / (steps[at % channels] as number)))
    const constants = [
      to.constant(OnnxType.INT32, [layout.channels], whole),
      to.floats(steps, channels === 1 ? [] : [channels]),
    ]
    const isEach = channels === 1 ? {} : { axis: { int: 0 } }
    inputs.push(to.one({ op: 'DequantizeLinear', inputs: constants, attributes: isEach }))
  }
  to.add({ op: op === 'Conv' ? 'Conv' : 'Gemm', inputs, outputs: [output], attributes })
}

/** Of the 2^31 that an int32 has: the sums of products are added to biases. */
const LARGEST_BIAS = 2 ** 29

/** Weights whose scales are large enough for the biases, which are integers in steps of input step × scale. */
function fittingWeights(
  { weights, bias }: Layer,
  { inputStep, axis, ...options }: WeightOptions & { readonly inputStep: number; readonly axis: number },
) {
  const made = quantisedWeights(weights, { axis, ...options })
  if (bias === undefined) return made
  const { channels, run } = layoutOf(weights, axis)
  const isZero = weightsAreZero(made.integers, { channels, run })
  const needed = Float32Array.from(bias, (value) => Math.abs(value) / (inputStep * LARGEST_BIAS))
  if (made.scales.length === 1) {
    const scales = made.scales.map((scale) => Math.max(scale, ...needed))
    return { scales, integers: nearestIntegers(weights.values, { scales, channels: 1 }) }
  }
  // A channel of zeros takes whatever scale its bias needs.
  const scales = made.scales.map((scale, at) => {
    const least = needed[at] as number
    return isZero[at] && least > 0 ? least : Math.max(scale, least)
  })
  return { scales, integers: nearestIntegers(weights.values, { scales, channels, run }) }
}

function weightsAreZero(
  integers: Int8Array,
  { channels, run }: { channels: number; run: number },
): boolean[] {
  const isZero = new Array<boolean>(channels).fill(true)
  for (let at = 0; at < integers.length; at++) {
    if (integers[at] !== 0) isZero[Math.floor(at / run) % channels] = false
  }
  return isZero
}
