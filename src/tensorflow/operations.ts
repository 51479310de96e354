import type { Tensor, TensorInfo } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import { DataType } from './data-types.js'
import { type Attribute, AttributeKind, type EagerBinding, type OutputMetadata } from './eager-binding.js'

/** What Flywheel uses of tfjs-node's backend object; some of it is private in its types. */
export interface Backend {
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[]
  getInputTensorIds(tensors: readonly TensorInfo[]): number[]
  createOutputTensor(metadata: OutputMetadata): Tensor
  /** Takes values that stay in JavaScript until an operation reads them. */
  move(dataId: object, values: unknown, ...rest: unknown[]): void
  readonly binding: EagerBinding
}

/** TensorFlow's own operations on tfjs tensors: without gradients, without tfjs's checks and copies. */
export interface Operations {
  /** The operation's first output. */
  one(name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[]): Tensor
  many(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[]
}

export function operationsOf(tf: TensorFlow): Operations {
  const backend = tf.backend() as unknown as Backend
  return {
    one: (name, attributes, inputs) =>
      backend.executeMultipleOutputs(name, attributes, inputs, 1)[0] as Tensor,
    many: (name, attributes, inputs, outputs) =>
      backend.executeMultipleOutputs(name, attributes, inputs, outputs),
  }
}

export const typeAttribute = (name: string, value: number): Attribute => ({
  name,
  type: AttributeKind.TYPE,
  value,
})
export const boolAttribute = (name: string, value: boolean): Attribute => ({
  name,
  type: AttributeKind.BOOL,
  value,
})
export const intAttribute = (name: string, value: number): Attribute => ({
  name,
  type: AttributeKind.INT,
  value,
})
export const floatAttribute = (name: string, value: number): Attribute => ({
  name,
  type: AttributeKind.FLOAT,
  value,
})
export const stringAttribute = (name: string, value: string): Attribute => ({
  name,
  type: AttributeKind.STRING,
  value,
})
export const shapeAttribute = (name: string, value: readonly number[]): Attribute => ({
  name,
  type: AttributeKind.SHAPE,
  value,
})
/** The data type attribute of most float operations. */
export const float32: Attribute = typeAttribute('T', DataType.FLOAT)
