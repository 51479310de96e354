/** TF_DataType numbers (tensorflow/c/tf_datatype.h). */
export const DataType = {
  FLOAT: 1,
  DOUBLE: 2,
  INT32: 3,
  UINT8: 4,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  RESOURCE: 20,
  UINT64: 23,
} as const

export type TensorValues = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array

const arrays = {
  [DataType.FLOAT]: Float32Array,
  [DataType.DOUBLE]: Float64Array,
  [DataType.INT32]: Int32Array,
  [DataType.UINT8]: Uint8Array,
  [DataType.COMPLEX64]: Float32Array,
  [DataType.INT64]: BigInt64Array,
  [DataType.BOOL]: Uint8Array,
} as const satisfies Record<number, unknown>

/** The typed array that holds values of a data type, or undefined where JavaScript has none (strings, resources). */
export function arrayTypeOf(dtype: number) {
  return (arrays as Partial<Record<number, (typeof arrays)[keyof typeof arrays]>>)[dtype]
}
