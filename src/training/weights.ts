import { endianness } from 'node:os'
import { FlywheelError } from '../contracts/errors.js'
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

export function packTensors(named: readonly NamedTensor[]): PackedTensors {
  if (endianness() !== 'LE') throw new Error('Stored tensors are little-endian, and so must be this machine')
  const bytes = new Uint8Array(named.reduce((sum, { values }) => sum + values.byteLength, 0))
  let at = 0
  const tensors = named.map(({ name, shape, values }) => {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
    return { name, shape: [...shape], dtype: dtypeOf(values) }
  })
  return { tensors, bytes }
}

/** @throws FlywheelError artifact-damaged when the bytes are not as long as the descriptions say */
export function unpackTensors({ tensors, bytes }: PackedTensors): NamedTensor[] {
  const elements = tensors.map(({ shape }) => shape.reduce((product, size) => product * size, 1))
  const expected = 4 * elements.reduce((sum, count) => sum + count, 0)
  if (expected !== bytes.byteLength) {
    throw new FlywheelError(
      'artifact-damaged',
      `Weights of ${bytes.byteLength} bytes should have ${expected}`,
    )
  }
  let at = 0
  return tensors.map(({ name, shape, dtype }, i) => {
    const size = 4 * (elements[i] as number)
    // A copy, since the values must be aligned; Buffer's own slice would be a view.
    const copy = Uint8Array.prototype.slice.call(bytes, at, at + size).buffer
    at += size
    return { name, shape, values: dtype === 'int32' ? new Int32Array(copy) : new Float32Array(copy) }
  })
}

const dtypeOf = (values: Float32Array | Int32Array): 'float32' | 'int32' =>
  values instanceof Int32Array ? 'int32' : 'float32'
