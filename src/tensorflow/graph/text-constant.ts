import { DataType } from '../data-types.js'
import type { GraphBuilder, Output } from './graph-builder.js'
import * as protobuf from './protobuf.js'

/** A constant of texts in UTF-8 (tensorflow/core/framework/tensor.proto: string_val). */
export function textConstant(
  graph: GraphBuilder,
  shape: readonly number[],
  values: readonly string[],
): Output {
  const { integer, message, text } = protobuf
  const dimensions = shape.flatMap((size) => message(2, integer(1, size)))
  const tensor = [
    ...integer(1, DataType.STRING),
    ...message(2, dimensions),
    ...values.flatMap((value) => text(8, value)),
  ]
  return graph.node('Const', [], {
    dtype: { type: DataType.STRING },
    value: { encoded: Buffer.concat([...message(8, tensor)]) },
  })
}
