import { fromHalves, toHalves } from '../contracts/half.js'
import { type OnnxModel, type OnnxTensor, OnnxType } from './model-proto.js'

/** Smaller constants save less than the node that widens them takes. */
const FEWEST_NUMBERS = 64

/**
 * The same model with the constants stored as float16 that lose nothing by it: each is widened by a Cast, which ONNX
 * Runtime folds when it loads the model. It computes in float32 as before.
 */
export function withHalfConstants(model: OnnxModel): OnnxModel {
  const halves = model.initializers.map(asHalf)
  const casts = halves.flatMap((half, at) => {
    const { name } = model.initializers[at] as OnnxTensor
    if (half === null) return []
    return [{ op: 'Cast', inputs: [half.name], outputs: [name], attributes: { to: { int: OnnxType.FLOAT } } }]
  })
  return {
    ...model,
    nodes: [...casts, ...model.nodes],
    initializers: model.initializers.map((tensor, at) => halves[at] ?? tensor),
  }
}

/** Null for what is no float32, or has numbers that are no halves. */
function asHalf({ name, type, shape, bytes }: OnnxTensor): OnnxTensor | null {
  if (type !== OnnxType.FLOAT || bytes.byteLength < 4 * FEWEST_NUMBERS) return null
  const values = new Float32Array(Uint8Array.from(bytes).buffer)
  const halves = toHalves(values)
  const isExact = fromHalves(halves).every((value, at) => value === values[at])
  if (!isExact) return null
  return { name: `${name}_half`, type: OnnxType.FLOAT16, shape, bytes: new Uint8Array(halves.buffer) }
}
