import { endianness } from 'node:os'
import { FlywheelError } from '../contracts/errors.js'
import { fromHalves, toHalves } from '../contracts/half.js'
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

/** @param halves names of tensors that are stored as float16: half the bytes, 11 bits of each number */
export function packTensors(
  named: readonly NamedTensor[],
  { halves = new Set() }: { halves?: ReadonlySet<string> } = {},
): PackedTensors {
  if (endianness() !== 'LE') throw new Error('Stored tensors are little-endian, and so must be this machine')
  const parts = named.map(({ name, shape, values }) => {
    const isHalf = halves.has(name) && values instanceof Float32Array
    const dtype = isHalf ? ('float16' as const) : dtypeOf(values)
    return { tensor: { name, shape: [...shape], dtype }, values: isHalf ? toHalves(values) : values }
  })
  const bytes = new Uint8Array(parts.reduce((sum, { values }) => sum + values.byteLength, 0))
  let at = 0
  for (const { values } of parts) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return { tensors: parts.map(({ tensor }) => tensor), bytes }
}

/** @throws FlywheelError artifact-damaged when the bytes are not as long as the descriptions say */
export function unpackTensors({ tensors, bytes }: PackedTensors): NamedTensor[] {
  const sizes = tensors.map(
    ({ shape, dtype }) => elementBytes[dtype] * shape.reduce((product, size) => product * size, 1),
  )
  const expected = sizes.reduce((sum, size) => sum + size, 0)
  if (expected !== bytes.byteLength) {
    throw new FlywheelError(
      'artifact-damaged',
      `Weights of ${bytes.byteLength} bytes should have ${expected}`,
    )
  }
  let at = 0
  return tensors.map(({ name, shape, dtype }, i) => {
    const size = sizes[i] as number
    // A copy, since the values must be aligned; Buffer's own slice would be a view.
    const copy = Uint8Array.prototype.slice.call(bytes, at, at + size).buffer
    at += size
    return { name, shape, values: valuesOf[dtype](copy) }
  })
}

const elementBytes = { float32: 4, int32: 4, float16: 2 } as const
const valuesOf = {
  float32: (bytes: ArrayBuffer) => new Float32Array(bytes),
  int32: (bytes: ArrayBuffer) => new Int32Array(bytes),
  float16: (bytes: ArrayBuffer) => fromHalves(new Uint16Array(bytes)),
} as const

const dtypeOf = (values: Float32Array | Int32Array): 'float32' | 'int32' =>
  values instanceof Int32Array ? 'int32' : 'float32'
