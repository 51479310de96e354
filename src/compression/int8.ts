import { type Int8Numbers, toInt8 } from '../contracts/int8.js'
import { quantise } from '../onnx/int8/quantise.js'
import { hasExactInt8 } from '../onnx/int8/vnni.js'
import type { OnnxModel } from '../onnx/model-proto.js'
import { type NamedTensor, packTensors, unpackTensors } from '../training/weights.js'
import { invalidOption } from './invalid-option.js'
import type { Compressed, CompressionSource, Int8Form } from './method.js'
import { FEWEST_ROWS, type Int8Options } from './methods/int8.js'

/** The largest integer of weights: products of 8 and 7 bits may be added in pairs in 16. */
const [WHOLE, REDUCED] = [127, 64]

/** Weights as integers with their scales, and an ONNX form that computes with the same integers. */
export async function quantiseVersion(given: Int8Options, source: CompressionSource): Promise<Compressed> {
  const { parent } = source
  const reducedRange = given.reduceRange === 'auto' ? !(await hasExactInt8()) : given.reduceRange === 'always'
  const largest = reducedRange ? REDUCED : WHOLE
  const tensors = unpackTensors(await source.weights())
  const int8 = new Map(
    tensors.filter(isKernel).map(({ name, shape, values }): [string, Int8Numbers] => {
      const channels = given.perChannel ? (shape.at(-1) as number) : 1
      return [name, toInt8(values as Float32Array, { channels, largest })]
    }),
  )
  const rows = calibrationRows(given, source)
  const features = await source.features(source.table, rows)
  return {
    weights: packTensors(tensors, { int8 }),
    optimizer: null,
    // What is 0 is 0 as an integer too.
    ...(parent.sparsity === undefined ? {} : { sparsity: parent.sparsity }),
    details: {
      tensors: tensors.length,
      keptAsFloat32: tensors.filter(({ name }) => !int8.has(name)).map(({ name }) => name),
      reducedRange,
      ...(given.mode === 'static' ? { calibrationRows: rows.length } : {}),
    },
    int8: {
      mode: given.mode,
      reducedRange,
      features,
      quantise: (model) => quantised(model, { given, source, features, largest }),
    },
  }
}

/** Matrices, kernels and tables; biases and what normalises are few numbers, added to what is exact. */
const isKernel = ({ name, shape, values }: NamedTensor): boolean =>
  values instanceof Float32Array && shape.length > 1 && !name.endsWith('bias')

/** Spread over the training rows. @throws FlywheelError specification-invalid where static ranges would come of too few */
function calibrationRows(
  { mode, calibrationRows: asked }: Int8Options,
  { rows }: CompressionSource,
): Int32Array {
  const { training } = rows
  if (mode === 'static' && training.length < FEWEST_ROWS) {
    const expected = `dynamic for a version of ${training.length} training rows: static ranges are those of ${FEWEST_ROWS} at least`
    throw invalidOption('mode', expected, mode)
  }
  const count = Math.min(asked, training.length)
  return Int32Array.from(
    { length: count },
    (_, at) => training[Math.floor((at * training.length) / count)] as number,
  )
}

async function quantised(
  model: OnnxModel,
  {
    given: { mode, perChannel, percentile },
    source,
    features,
    largest,
  }: { given: Int8Options; source: CompressionSource; features: Float32Array; largest: number },
): ReturnType<Int8Form['quantise']> {
  const weights = { perChannel, largest }
  const shape = source.parent.shapes.inputs[0]?.shape ?? []
  const made = await quantise(
    model,
    mode === 'static' ? { mode, ...weights, percentile, rows: { features, shape } } : { mode, ...weights },
  )
  if (made !== null) return { model: made.model, details: { layers: made.layers } }
  const layers = mode === 'static' ? 'dense layers or convolutions' : 'dense layers'
  throw invalidOption('mode', `a network with ${layers}, which that of ${source.family.name} has not`, mode)
}
