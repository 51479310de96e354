import { Type } from 'typebox'
import { fromHalves, toHalves } from '../../contracts/half.js'
import { type NamedTensor, packTensors, unpackTensors } from '../../training/weights.js'
import type { CompressionMethod } from '../method.js'

const options = Type.Object({}, { additionalProperties: false })

/**
 * Stores weights as IEEE 754 halves: 11 significant bits, from 6e-8 to 65,504. Networks compute in float32 as before,
 * so that files and bundles halve and times stay.
 */
const float16: CompressionMethod<typeof options> = {
  name: 'float16',
  summary: 'Stores weights as 16-bit floats: half the bytes, the same speed',
  options,
  async compress(_, source) {
    const tensors = unpackTensors(await source.weights())
    const fitting = tensors.filter(fits)
    const weights = packTensors(tensors, { halves: new Set(fitting.map(({ name }) => name)) })
    const kept = tensors.filter((tensor) => !fitting.includes(tensor))
    return {
      weights,
      optimizer: null,
      // What is 0 is 0 as a half too.
      ...(source.parent.sparsity === undefined ? {} : { sparsity: source.parent.sparsity }),
      details: {
        tensors: tensors.length,
        keptAsFloat32: kept.map(({ name }) => name),
        largestRelativeError: largestRelativeError(fitting),
      },
    }
  },
}
export default float16

/** Below it halves lose relative precision (they are subnormal). */
const SMALLEST_NORMAL = 2 ** -14

/** Whether every number stays finite. */
const fits = ({ values }: NamedTensor): boolean =>
  values instanceof Float32Array && fromHalves(toHalves(values)).every(Number.isFinite)

/** Of numbers that are not tiny. */
function largestRelativeError(tensors: readonly NamedTensor[]): number {
  let largest = 0
  for (const { values } of tensors) {
    const halves = fromHalves(toHalves(values as Float32Array))
    for (const [at, value] of values.entries()) {
      if (Math.abs(value) < SMALLEST_NORMAL) continue
      largest = Math.max(largest, Math.abs(((halves[at] as number) - value) / value))
    }
  }
  return largest
}
