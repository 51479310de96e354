import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import { DataType } from './data-types.js'
import { operationsOf, shapeAttribute, stringAttribute, typeAttribute } from './operations.js'

/** ResourceHandle::ANONYMOUS_NAME: such a resource is freed with its handle. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'
const dtype = typeAttribute('dtype', DataType.FLOAT)

/** A float32 tensor in TensorFlow's memory that operations like ResourceApplyAdam change in place. */
export interface ResourceVariable {
  readonly shape: readonly number[]
  /** What the Resource… operations take. */
  readonly handle: Tensor
  /** The value as it is now; the caller disposes of it. */
  read(): Tensor
  assign(value: Tensor): void
  dispose(): void
}

export function createVariable(tf: TensorFlow, initial: Tensor): ResourceVariable {
  const operations = operationsOf(tf)
  const attributes = [
    dtype,
    shapeAttribute('shape', initial.shape),
    stringAttribute('shared_name', ANONYMOUS),
  ]
  const handle = tf.keep(operations.one('VarHandleOp', attributes, []))
  const assign = (value: Tensor): void => {
    operations.many('AssignVariableOp', [dtype], [handle, value], 0)
  }
  assign(initial)
  return {
    shape: initial.shape,
    handle,
    read: () => operations.one('ReadVariableOp', [dtype], [handle]),
    assign,
    dispose: () => handle.dispose(),
  }
}
