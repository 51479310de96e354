import { endianness } from 'node:os'
import { FlywheelError } from '../contracts/errors.js'
import { fromHalves, toHalves } from '../contracts/half.js'
import { fromInt8, type Int8Numbers } from '../contracts/int8.js'
import type { StoredTensors } from '../contracts/model-manifest.js'

/** A tensor's values outside of TensorFlow. */
export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array
}

/** Tensors as they are stored: their descriptions, and their values one after the other without gaps. */
export interface PackedTensors {
  readonly tensors: StoredTensors['tensors']
  readonly bytes: Uint8Array
}

type StoredTensor = StoredTensors['tensors'][number]

/**
 * @param options.halves names of tensors that are stored as float16: half the bytes, 11 bits of each number
 * @param options.int8 tensors that are stored as 8-bit integers, by name
 */
export function packTensors(
  named: readonly NamedTensor[],
  {
    halves = new Set(),
    int8 = new Map(),
  }: { halves?: ReadonlySet<string>; int8?: ReadonlyMap<string, Int8Numbers> } = {},
): PackedTensors {
  if (endianness() !== 'LE') throw new Error('Stored tensors are little-endian, and so must be this machine')
  const packed = named.map(({ name, shape, values }) => {
    const described = (dtype: StoredTensor['dtype']) => ({ name, shape: [...shape], dtype })
    const integers = int8.get(name)
    if (integers !== undefined) {
      const tensor = { ...described('int8'), scales: integers.scales.length }
      return { tensor, parts: [integers.scales, integers.integers] }
    }
    if (halves.has(name) && values instanceof Float32Array) {
      return { tensor: described('float16'), parts: [toHalves(values)] }
    }
    return { tensor: described(dtypeOf(values)), parts: [values] }
  })
  const parts = packed.flatMap<ArrayBufferView>((each) => each.parts)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  return { tensors: packed.map(({ tensor }) => tensor), bytes }
}

/** @throws FlywheelError artifact-damaged when the bytes are not as long as the descriptions say */
export function unpackTensors({ tensors, bytes }: PackedTensors): NamedTensor[] {
  const expected = packedBytes(tensors)
  if (expected !== bytes.byteLength) {
    throw new FlywheelError(
      'artifact-damaged',
      `Weights of ${bytes.byteLength} bytes should have ${expected}`,
    )
  }
  let at = 0
  return tensors.map((tensor) => {
    const size = bytesOf(tensor)
    // A copy, since the values must be aligned; Buffer's own slice would be a view.
    const copy = Uint8Array.prototype.slice.call(bytes, at, at + size).buffer
    at += size
    return { name: tensor.name, shape: tensor.shape, values: valuesOf[tensor.dtype](copy, tensor) }
  })
}

/** How many bytes tensors take when they are packed. */
export const packedBytes = (tensors: StoredTensors['tensors']): number =>
  tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0)

const elementBytes = { float32: 4, int32: 4, float16: 2, int8: 1 } as const

const bytesOf = ({ shape, dtype, scales = 0 }: StoredTensor): number =>
  elementBytes[dtype] * shape.reduce((product, size) => product * size, 1) + elementBytes.float32 * scales

const valuesOf = {
  float32: (bytes: ArrayBuffer) => new Float32Array(bytes),
  int32: (bytes: ArrayBuffer) => new Int32Array(bytes),
  float16: (bytes: ArrayBuffer) => fromHalves(new Uint16Array(bytes)),
  int8: (bytes: ArrayBuffer, { scales = 0 }: StoredTensor) =>
    fromInt8({
      scales: new Float32Array(bytes, 0, scales),
      integers: new Int8Array(bytes, elementBytes.float32 * scales),
    }),
} as const

const dtypeOf = (values: Float32Array | Int32Array): 'float32' | 'int32' =>
  values instanceof Int32Array ? 'int32' : 'float32'
