import type { CApi, Pointer } from './c-api.js'
import { arrayTypeOf, DataType, type TensorValues } from './data-types.js'
import { type Status, tensorFlowError } from './status.js'

/** sizeof(TF_TString), tensorflow/core/platform/ctstring_internal.h */
const STRING_BYTES = 24

/** Copies values and TF_Tensors into each other; each tensor that `create` makes is the caller's to delete. */
export interface NativeTensors {
  /** `values`: a typed array, numbers, or for strings one Uint8Array of bytes each. */
  create(dtype: number, shape: readonly number[], values: unknown): Pointer
  /** A tensor to be written through `values`, which must not be used once the tensor is deleted. */
  reserve(
    dtype: number,
    shape: readonly number[],
  ): { readonly tensor: Pointer; readonly values: TensorValues }
  read(tensor: Pointer, dtype: number): TensorValues | Uint8Array[]
  delete(tensor: Pointer): void
  /** Reads a tensor that a session made, and deletes it. */
  take(tensor: Pointer): TensorValues
  /** Tensors made or resolved and not deleted yet. */
  live(): number
  /** The tensor behind an eager handle, counted like a created one. */
  resolve(handle: Pointer): Pointer
}

export function nativeTensors(c: CApi, status: Status): NativeTensors {
  let live = 0

  function allocate(dtype: number, shape: readonly number[], bytes: number): Pointer {
    const dims = shape.length > 0 ? BigInt64Array.from(shape, BigInt) : null
    const tensor = c.TF_AllocateTensor(dtype, dims, shape.length, bytes)
    if (tensor === null || (bytes > 0 && c.TF_TensorData(tensor) === null)) {
      if (tensor !== null) c.TF_DeleteTensor(tensor)
      throw tensorFlowError('AllocateTensor', 'RESOURCE_EXHAUSTED', `no memory for ${bytes} bytes`)
    }
    live++
    return tensor
  }

  function createStrings(shape: readonly number[], values: readonly Uint8Array[]): Pointer {
    const tensor = allocate(DataType.STRING, shape, values.length * STRING_BYTES)
    const data = c.TF_TensorData(tensor) ?? 0n
    values.forEach((value, i) => {
      const string = data + BigInt(i * STRING_BYTES)
      c.TF_StringInit(string)
      c.TF_StringCopy(string, value, value.byteLength)
    })
    return tensor
  }

  function readStrings(tensor: Pointer): Uint8Array[] {
    const data = c.TF_TensorData(tensor) ?? 0n
    return Array.from({ length: c.TF_TensorByteSize(tensor) / STRING_BYTES }, (_, i) => {
      const string = data + BigInt(i * STRING_BYTES)
      const bytes = new Uint8Array(c.TF_StringGetSize(string))
      if (bytes.length > 0) c.copyOut(bytes, c.TF_StringGetDataPointer(string), bytes.length)
      return bytes
    })
  }

  return {
    create(dtype, shape, values) {
      if (dtype === DataType.STRING) return createStrings(shape, values as readonly Uint8Array[])
      const data = typedValues(dtype, values)
      const tensor = allocate(dtype, shape, data.byteLength)
      if (data.byteLength > 0) c.copyIn(c.TF_TensorData(tensor) ?? 0n, data, data.byteLength)
      return tensor
    },
    reserve(dtype, shape) {
      const ArrayType = arrayTypeOf(dtype)
      if (!ArrayType)
        throw tensorFlowError('reserve', 'INVALID_ARGUMENT', `data type ${dtype} can not be written`)
      const elements = shape.reduce((product, size) => product * size, 1)
      const bytes = elements * ArrayType.BYTES_PER_ELEMENT
      const tensor = allocate(dtype, shape, bytes)
      const memory = bytes > 0 ? c.view(c.TF_TensorData(tensor) ?? 0n, bytes) : new ArrayBuffer(0)
      return { tensor, values: new ArrayType(memory) }
    },
    read(tensor, dtype) {
      if (dtype === DataType.STRING) return readStrings(tensor)
      const bytes = c.TF_TensorByteSize(tensor)
      const ArrayType = arrayTypeOf(dtype)
      if (!ArrayType) throw tensorFlowError('read', 'INVALID_ARGUMENT', `data type ${dtype} can not be read`)
      const values = new ArrayType(bytes / ArrayType.BYTES_PER_ELEMENT)
      if (bytes > 0) c.copyOut(values, c.TF_TensorData(tensor) ?? 0n, bytes)
      return values
    },
    resolve(handle) {
      const tensor = c.TFE_TensorHandleResolve(handle, status.pointer)
      status.check('read')
      live++
      return tensor
    },
    delete(tensor) {
      c.TF_DeleteTensor(tensor)
      live--
    },
    take(tensor) {
      live++
      try {
        return this.read(tensor, c.TF_TensorType(tensor)) as TensorValues
      } finally {
        this.delete(tensor)
      }
    },
    live: () => live,
  }
}

function typedValues(dtype: number, values: unknown): TensorValues {
  const ArrayType = arrayTypeOf(dtype)
  if (!ArrayType) throw tensorFlowError('create', 'INVALID_ARGUMENT', `data type ${dtype} can not be written`)
  if (values instanceof ArrayType) return values
  // tfjs writes an int64 scalar as two int32 halves, little-endian (Int64Scalar).
  if (dtype === DataType.INT64 && values instanceof Int32Array) {
    return new BigInt64Array(values.slice().buffer)
  }
  const numbers = values as ArrayLike<number>
  if (ArrayType === BigInt64Array) return BigInt64Array.from(Array.from(numbers, BigInt))
  return (ArrayType as Float32ArrayConstructor).from(numbers)
}
