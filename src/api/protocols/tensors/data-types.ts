import { halfToNumber } from '../../../contracts/half.js'

/** How elements of one type stand in bytes (little-endian) and in JSON. */
interface NumberType {
  readonly bytes: 1 | 2 | 4 | 8
  readonly read: (view: DataView, at: number) => number
  /** Of integers; absent for floating point. */
  readonly range?: readonly [least: number, most: number]
  /** Half floats have no JSON form: Triton refuses them, too. */
  readonly isBinaryOnly?: true
}

/** The numeric types of the Open Inference Protocol, and Triton's BF16. 64-bit integers are read as doubles. */
export const numberTypes = {
  UINT8: { bytes: 1, range: [0, 2 ** 8 - 1], read: (view, at) => view.getUint8(at) },
  UINT16: { bytes: 2, range: [0, 2 ** 16 - 1], read: (view, at) => view.getUint16(at, true) },
  UINT32: { bytes: 4, range: [0, 2 ** 32 - 1], read: (view, at) => view.getUint32(at, true) },
  UINT64: { bytes: 8, range: [0, 2 ** 64], read: (view, at) => Number(view.getBigUint64(at, true)) },
  INT8: { bytes: 1, range: [-(2 ** 7), 2 ** 7 - 1], read: (view, at) => view.getInt8(at) },
  INT16: { bytes: 2, range: [-(2 ** 15), 2 ** 15 - 1], read: (view, at) => view.getInt16(at, true) },
  INT32: { bytes: 4, range: [-(2 ** 31), 2 ** 31 - 1], read: (view, at) => view.getInt32(at, true) },
  INT64: { bytes: 8, range: [-(2 ** 63), 2 ** 63], read: (view, at) => Number(view.getBigInt64(at, true)) },
  FP16: { bytes: 2, isBinaryOnly: true, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  BF16: { bytes: 2, isBinaryOnly: true, read: (view, at) => brainToNumber(view.getUint16(at, true)) },
  FP32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FP64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
} as const satisfies Record<string, NumberType>

export type NumberTypeName = keyof typeof numberTypes
export type DataType = NumberTypeName | 'BOOL' | 'BYTES'

export const dataTypes: readonly DataType[] = [
  'BOOL',
  ...(Object.keys(numberTypes) as NumberTypeName[]),
  'BYTES',
]

export const isNumberType = (type: string): type is NumberTypeName => Object.hasOwn(numberTypes, type)

export const numberType = (type: NumberTypeName): NumberType => numberTypes[type]

/** A tensor of a request, its elements in row-major order. */
export interface Tensor {
  readonly name: string
  readonly datatype: DataType
  /** Each at least 1, the batch first. */
  readonly shape: readonly number[]
  /** Numbers, NaN for a missing one, and BOOL as 0 and 1; BYTES as they came, null for a missing one. */
  readonly values: Float64Array | Float32Array | readonly (string | Buffer | null)[]
  /** Where it stands in the request: "inputs[0]". */
  readonly path: string
}

const scratch = new DataView(new ArrayBuffer(4))

/** A bfloat16 is the upper half of a float. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}
