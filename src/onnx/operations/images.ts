import { floatsOf } from '../builder.js'
import type { OnnxAttribute } from '../model-proto.js'
import type { Conversion, Conversions, Operation } from '../operation.js'

/** Height and width of an attribute that has them as [1, height, width, 1]. */
const inner = (operation: Operation, attribute: string): { ints: number[] } => ({
  ints: operation.numbers(attribute).slice(1, 3),
})

function padding(operation: Operation): OnnxAttribute {
  const how = operation.text('padding')
  if (how !== 'SAME' && how !== 'VALID') throw operation.refused(`with the padding ${how}`)
  return { text: how === 'SAME' ? 'SAME_UPPER' : 'VALID' }
}

function checkLayout(operation: Operation): void {
  const layout = operation.text('data_format')
  if (layout !== 'NHWC') throw operation.refused(`on ${layout}`)
}

/** Kernels [height, width, channels, filters] become [filters, channels, height, width]. */
const convolution: Conversion = (operation) => {
  checkLayout(operation)
  const { to } = operation
  const kernel = operation.constant(1)
  const [height, width, channels, filters] = kernel.shape as [number, number, number, number]
  const values = floatsOf(kernel)
  const turned = new Float32Array(values.length)
  for (let at = 0; at < values.length; at++) {
    const filter = at % filters
    const channel = Math.floor(at / filters) % channels
    const place = Math.floor(at / (filters * channels))
    turned[(filter * channels + channel) * height * width + place] = values[at] as number
  }
  const weights = to.floats([filters, channels, height, width], turned)
  const attributes = {
    auto_pad: padding(operation),
    strides: inner(operation, 'strides'),
    dilations: inner(operation, 'dilations'),
    kernel_shape: { ints: [height, width] },
  }
  const x = to.channelsFirst(operation.input(0))
  return { rank: 4, channelsFirst: to.one('Conv', [x, weights], attributes) }
}

const pooling =
  (op: 'MaxPool' | 'AveragePool'): Conversion =>
  (operation) => {
    checkLayout(operation)
    const attributes = {
      auto_pad: padding(operation),
      strides: inner(operation, 'strides'),
      kernel_shape: inner(operation, 'ksize'),
    }
    const x = operation.to.channelsFirst(operation.input(0))
    return { rank: 4, channelsFirst: operation.to.one(op, [x], attributes) }
  }

/** With the moving averages. */
const batchNormalization: Conversion = (operation) => {
  checkLayout(operation)
  if (operation.isSet('is_training')) throw operation.refused('over the batch’s own averages')
  const inputs = [
    operation.to.channelsFirst(operation.input(0)),
    ...[1, 2, 3, 4].map((i) => operation.name(i)),
  ]
  const attributes = { epsilon: { float: operation.number('epsilon') } }
  return { rank: 4, channelsFirst: operation.to.one('BatchNormalization', inputs, attributes) }
}

export const images: Conversions = {
  Conv2D: convolution,
  MaxPool: pooling('MaxPool'),
  AvgPool: pooling('AveragePool'),
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV3: batchNormalization,
}
