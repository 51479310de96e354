import type { ColumnType } from '../../../contracts/dataset.js'
import type { Signature } from '../../../serving/signature.js'
import type { DataType } from './data-types.js'

/** One input or output of a version; −1 stands for the number of rows. */
export interface TensorSpecification {
  readonly name: string
  readonly datatype: DataType
  readonly shape: readonly number[]
  /** Of `features`: the columns that are its elements, in their order. */
  readonly columns?: readonly string[]
}

export interface ModelTensors {
  readonly inputs: readonly TensorSpecification[]
  readonly outputs: readonly TensorSpecification[]
}

const isNumber = (type: ColumnType): boolean => type === 'number' || type === 'integer'

const known = new WeakMap<Signature, ModelTensors>()

/**
 * A version as tensors. All features are numbers: one input `features`. Otherwise an input for each column: FP32 for
 * numbers and vectors, BOOL for booleans, BYTES for the rest. Dates are ISO 8601 in BYTES, images their files.
 */
export function tensorsOf(signature: Signature): ModelTensors {
  const tensors = known.get(signature) ?? made(signature)
  known.set(signature, tensors)
  return tensors
}

function made({ inputs, classes }: Signature): ModelTensors {
  const columns = inputs.map(({ name }) => name)
  const isPlain = inputs.every(({ type }) => isNumber(type))
  const classOutputs: TensorSpecification[] = [
    { name: 'label', datatype: 'BYTES', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
  ]
  return {
    inputs: isPlain
      ? [{ name: 'features', datatype: 'FP32', shape: [-1, columns.length], columns }]
      : inputs.map(inputOf),
    outputs: classes.length > 0 ? classOutputs : [{ name: 'value', datatype: 'FP32', shape: [-1] }],
  }
}

function inputOf({ name, type, length = 1 }: Signature['inputs'][number]): TensorSpecification {
  if (type === 'vector') return { name, datatype: 'FP32', shape: [-1, length] }
  return { name, datatype: isNumber(type) ? 'FP32' : type === 'boolean' ? 'BOOL' : 'BYTES', shape: [-1] }
}
